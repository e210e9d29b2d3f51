/** A thread: it folds lines, takes in what all threads have folded, and judges a share of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Folder } from './fold.js';
import { parseLines } from './lines.js';
import { Postponed } from './postponed.js';
import { Taken } from './taken.js';
import type { Asked, Told, WorkerData } from './work.js';

const beside = new Set((workerData as WorkerData).beside);
const folder = new Folder((role) => !beside.has(role));
const taken = new Taken();
const postponed = new Postponed();

parentPort?.on('message', (asked: Asked) => {
  switch (asked.kind) {
    case 'fold':
      return fold(asked.bytes);
    case 'from':
      return taken.from(asked.name);
    case 'unfold':
      return taken.unfoldBut(postponed, asked.folded, asked.by);
    case 'judge':
      return void judge(asked);
  }
});

function tell(told: Told, given: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(told, [...given]);
}

function fold(bytes: Uint8Array): void {
  const values = parseLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const folded = values && folder.fold(values);
  if (folded === undefined) tell({ kind: 'unread', bytes }, [bytes.buffer as ArrayBuffer]);
  else tell({ kind: 'folded', folded });
}

/** What is thrown ends the thread, and so reaches whoever asked. */
async function judge(asked: Extract<Asked, { kind: 'judge' }>): Promise<void> {
  const { judgeShare } = await import('./judge-share.js');
  const { part, noted } = await judgeShare(taken.collected, postponed, asked);
  tell({ kind: 'judged', part, noted }, [part.rows.buffer as ArrayBuffer]);
}
