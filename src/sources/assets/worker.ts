/** A thread: it folds lines, takes in what all threads have folded, and judges a share of it. */
import { parentPort } from 'node:worker_threads';
import { type Folded, Folder } from './fold.js';
import type { Judge } from './judge.js';
import { parseLines, someOf } from './lines.js';
import { Postponed, type Share } from './postponed.js';
import { type Range, RangeReader } from './range.js';
import { MAX_LINE } from './read-lines.js';
import { Taken } from './taken.js';
import type { Asked, Judging, Told } from './work.js';

let folder = new Folder();
const reader = new RangeReader(MAX_LINE);
const taken = new Taken();
const postponed = new Postponed();
let judging: Promise<Judge> | undefined;

parentPort?.on('message', (asked: Asked) => {
  switch (asked.kind) {
    case 'begin':
      return begin(asked.beside);
    case 'fold':
      return fold(asked.bytes);
    case 'fold-range':
      return tell(rangeFolded(asked.range));
    case 'from':
      return taken.from(asked.name);
    case 'unfold':
      return taken.unfoldBut(postponed, asked.folded, asked.by);
    case 'judging':
      judging = judgeBy(asked.judging);
      return;
    case 'judge':
      return void judge(asked.share);
  }
});

function tell(told: Told, given: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(told, [...given]);
}

function begin(beside: readonly string[]): void {
  const roles = new Set(beside);
  folder = new Folder((role) => !roles.has(role));
}

function fold(bytes: Uint8Array): void {
  const folded = linesFolded(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (folded === undefined) tell({ kind: 'unread', bytes }, [bytes.buffer as ArrayBuffer]);
  else tell({ kind: 'folded', folded });
}

/** What is parsed together is garbage together, which costs less the less of it there is: texts that are small objects. */
const TOGETHER = 64 * 1024;

function linesFolded(lines: Buffer): Folded | undefined {
  for (const some of someOf(lines, TOGETHER)) {
    const values = parseLines(some);
    if (values !== undefined && folder.add(values)) continue;
    folder.drop();
    return undefined;
  }
  return folder.folded();
}

/** Whoever reads what is unread says what is wrong with it, or with the file. */
function rangeFolded(range: Range): Told {
  const lines = linesIn(range);
  if (lines === 'none') return { kind: 'folded', folded: folder.folded() };
  const folded = Buffer.isBuffer(lines) ? linesFolded(lines) : undefined;
  return folded === undefined ? { kind: 'range-unread' } : { kind: 'folded', folded };
}

function linesIn(range: Range): ReturnType<RangeReader['lines']> | 'unreadable' {
  try {
    return reader.lines(range);
  } catch {
    return 'unreadable';
  }
}

/** What is thrown ends the thread, and so reaches whoever asked. */
async function judge(share: Share): Promise<void> {
  if (judging === undefined) throw new Error('it was not said how to judge');
  const judged = (await judging).judge(share);
  const { rows } = judged;
  const given = 'json' in rows ? rows.json.flat().map(({ buffer }) => buffer) : [rows.rows.numbers.buffer];
  tell({ kind: 'judged', ...judged }, given);
}

async function judgeBy(how: Judging): Promise<Judge> {
  const { Judge } = await import('./judge.js');
  return new Judge(taken.collected, postponed, how);
}
