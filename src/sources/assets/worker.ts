/** A thread that folds: it is sent lines as bytes, and sends back what is kept of them, or the bytes as they were. */
import { parentPort } from 'node:worker_threads';
import { Folder } from './fold.js';
import { parseLines } from './lines.js';

const folder = new Folder();

parentPort?.on('message', (bytes: Uint8Array) => {
  const values = parseLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const folded = values && folder.fold(values);
  if (folded === undefined) parentPort?.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
  else parentPort?.postMessage(folded);
});
