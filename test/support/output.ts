/** What gcloud prints, made comparable: progress dots counted as three, no blanks at line ends. */
import type { Result } from './plane.js';

function lines(text: string): string {
  return text
    .replace(/\.{4,}/g, '...')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** A command's end and its two streams as texts to compare with. */
export function printed({ code, stdout, stderr }: Result): { code: number; out: string; err: string } {
  return { code, out: lines(stdout), err: lines(stderr) };
}
