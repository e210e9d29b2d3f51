/**
 * For tests: a process in a user namespace of its own, with two sandboxes whose connections it passes on to its
 * parent. It tells the parent what they were answered.
 */
import { Socket } from 'node:net';
import { openSandboxNetwork } from './index.js';
import { fetched } from './testing-inside.js';

export type Told =
  | { readonly kind: 'connection'; readonly sandbox: string; readonly peer: string }
  | { readonly kind: 'end'; readonly answers: readonly string[]; readonly warnings: readonly string[] };

const tell = (told: Told, socket?: Socket): void => void process.send?.(told, socket);
const warnings: string[] = [];

const network = openSandboxNetwork({
  network: {
    googleHosts: [],
    handsOver: true,
    accept: (sandbox, peer, socket) => {
      if (!(socket instanceof Socket)) throw new Error('not a socket');
      tell({ kind: 'connection', sandbox, peer }, socket);
    },
  },
  onWarning: (message) => warnings.push(message),
});
const one = await network.create('one');
const two = await network.create('two');
const answers = await Promise.all([
  ...Array.from({ length: 10 }, () => fetched(one, 'http://169.254.169.254/')),
  ...Array.from({ length: 10 }, () => fetched(two, 'http://199.36.153.8:443/')),
]);
tell({ kind: 'end', answers, warnings });
await network.close();
process.disconnect();
