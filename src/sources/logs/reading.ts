/** What was read so far, and the first of what could not be. */
import type { ScanProblem } from '../../checkpoint/index.js';

const MAX_PROBLEMS = 20;

/** Collects over all files and projects of one scan. */
export class Reading {
  readonly sources: string[] = [];
  readonly problems: ScanProblem[] = [];
  entries = 0;
  problemCount = 0;

  problem(problem: ScanProblem): void {
    this.problemCount += 1;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }
}
