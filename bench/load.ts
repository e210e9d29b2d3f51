/** Load from a process of its own, over connections that are kept alive. */
import { spawn } from 'node:child_process';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How many requests there are in all, and how many of them at once. */
  readonly count: number;
  readonly atOnce: number;
  /** `/` when left out. */
  readonly path?: string;
  /** Posts this; gets when left out. */
  readonly body?: string;
}

/** Sends so many requests, so many at once, and prints how long all took and the median of each. */
const CLIENT = `
const { Client } = require('undici');
const { url, headers, count, atOnce, path = '/', body } = JSON.parse(process.argv[1]);
const times = [];
let left = count;
async function one() {
  const client = new Client(url);
  while (left-- > 0) {
    const started = performance.now();
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await client.request({ path, method, headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error('answered ' + answer.statusCode);
    times.push(performance.now() - started);
  }
  await client.close();
}
const started = performance.now();
Promise.all(Array.from({ length: atOnce }, one)).then(() => {
  const took = performance.now() - started;
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ rate: count / took * 1000, median: times[Math.floor(times.length / 2)] }));
});
`;

/** @returns requests a second, and the median of their times in milliseconds. @throws unless all are answered 200 */
export async function load(wanted: Load): Promise<{ rate: number; median: number }> {
  const child = spawn(process.execPath, ['-e', CLIENT, JSON.stringify(wanted)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`the load of ${wanted.url} ended with ${status}`);
  return JSON.parse(text);
}
