import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel } from './log.js';

function logged(level: LogLevel, say: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
    return true;
  };
  say(createLog({ write }, level));
  return text;
}

describe('the log of a plane in the foreground', () => {
  it('says of an error in which call it happened, where that is known', () => {
    const both = logged('error', (log) => {
      log.error(new Error('Invalid URL'), 'GET run.googleapis.com/v2/x');
      log.error('gone');
    });
    expect(both).toBe('sekisho: GET run.googleapis.com/v2/x: Invalid URL\nsekisho: gone\n');
  });

  it('says at debug where in the code an error comes from', () => {
    const error = new Error('Invalid URL');
    expect(logged('debug', (log) => log.error(error, 'GET /'))).toBe(`sekisho: GET /: ${error.stack}\n`);
  });

  it('leaves out what is below its level', () => {
    const text = logged('warn', (log) => {
      log.info('ready');
      log.warn('slow');
    });
    expect(text).toBe('sekisho: slow\n');
  });
});
