import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { progressBar } from './progress.js';

const TOTAL = 100_000_000;
const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';

class Terminal extends Writable {
  readonly isTTY = true;
  text = '';

  constructor(readonly columns: number) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }

  /** What is drawn, without the sequences that steer. */
  get lines(): readonly string[] {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what terminals are steered by
    return this.text.split(/(?:\x1b[78]|\x1b\[[?\d;]*[A-Za-z])+/).filter((line) => line.trim() !== '');
  }
}

const settled = ({ text }: Terminal) =>
  text.lastIndexOf(SHOW) > text.lastIndexOf(HIDE) && text.lastIndexOf(WRAP) > text.lastIndexOf(NO_WRAP);
const handlers = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal));

afterEach(() => vi.restoreAllMocks());

describe('the bar', () => {
  it.each([60, 80, 200])('fits a terminal of %d columns, in either language', async (columns) => {
    for (const language of ['en', 'ja'] as const) {
      const stderr = new Terminal(columns);
      const bar = await progressBar(TOTAL, { stderr, language });
      bar.add(TOTAL / 2);
      bar.stop();
      expect(stderr.lines[0]).toMatch(/^[█░]{10,40} /);
      expect(stderr.lines.join()).toMatch(language === 'en' ? /50 % of 100 MB/ : /100 MB の 50 %/);
      // Characters of Japanese are two columns wide.
      for (const line of stderr.lines) {
        expect([...line].reduce((sum, each) => sum + (each > '\u3000' ? 2 : 1), 0)).toBeLessThan(columns);
      }
    }
  });

  it('gives the terminal back in the end, and takes no signals any more', async () => {
    const before = handlers();
    const stderr = new Terminal(80);
    const bar = await progressBar(TOTAL, { stderr, language: 'en' });
    expect(settled(stderr)).toBe(false);
    bar.stop();
    expect(settled(stderr)).toBe(true);
    expect(handlers()).toEqual(before);
  });

  it('gives it back before a signal ends the process', async () => {
    const before = handlers();
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const stderr = new Terminal(80);
    await progressBar(TOTAL, { stderr, language: 'en' });
    process.emit('SIGINT', 'SIGINT');
    expect(settled(stderr)).toBe(true);
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGINT']]);
    expect(handlers()).toEqual(before);
  });

  it('is not shown where there is no terminal, nor for what is short', async () => {
    const pipe = Object.assign(new Terminal(80), { isTTY: false });
    (await progressBar(TOTAL, { stderr: pipe, language: 'en' })).stop();
    const stderr = new Terminal(80);
    (await progressBar(1_000_000, { stderr, language: 'en' })).stop();
    expect([pipe.text, stderr.text]).toEqual(['', '']);
  });
});
