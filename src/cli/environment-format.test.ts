import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEnvironment, quote } from './environment-format.js';

const changes = { set: { A: 'plain/value:1', B: 'it\'s $HOME `x` \\ "y"' }, unset: ['GONE'] };

describe('an environment', () => {
  it('is quoted so that a shell reads every value back, whatever it holds', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }).filter(speakable), { maxLength: 20 });
    fc.assert(
      fc.property(texts, (values) => {
        const script = `printf '%s\\0' ${values.map(quote).join(' ')}`;
        const said = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
        expect(said).toEqual(values.length === 0 ? [''] : values);
      }),
      { numRuns: 40 },
    );
  });

  it('is read by a shell, which forgets what must go', () => {
    const script = `${formatEnvironment(changes, 'sh')}printf '%s|%s|%s' "$A" "$B" "\${GONE-unset}"`;
    const said = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { GONE: 'x' } });
    expect(said).toBe(`${changes.set.A}|${changes.set.B}|unset`);
  });

  it('is JSON with null for what must go', () => {
    expect(JSON.parse(formatEnvironment(changes, 'json'))).toEqual({ ...changes.set, GONE: null });
  });

  it("is what GitHub's runners read, also with several lines", () => {
    const set = { ...changes.set, LINES: 'first\nEND\nlast' };
    expect(formatEnvironment({ set, unset: ['GONE'] }, 'github')).toBe(
      `GONE=\nA=plain/value:1\nB=${changes.set.B}\nLINES<<END_\nfirst\nEND\nlast\nEND_\n`,
    );
  });
});

/** No environment holds NUL; lone surrogates are no UTF-8. */
function speakable(text: string): boolean {
  return !text.includes('\0') && text === Buffer.from(text, 'utf8').toString('utf8');
}
