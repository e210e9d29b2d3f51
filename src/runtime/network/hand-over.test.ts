import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Told } from './testing-hand-over.js';
import { canTest, reportWhatIsMissing } from './testing-inside.js';

reportWhatIsMissing();

/** Of util-linux. */
const UNSHARE = 'unshare';
const NAMESPACES = [
  '--user',
  '--map-root-user',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

describe.runIf(canTest)('a process in a user namespace', { timeout: 30_000 }, () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sekisho-hand-over-'));
    symlinkSync(resolve(import.meta.dirname, '../../../node_modules'), join(directory, 'node_modules'));
    await build({
      entryPoints: [join(import.meta.dirname, 'testing-hand-over.ts')],
      ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external' },
      outfile: join(directory, 'child.mjs'),
    });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has sandboxes, and passes their connections on unread', async () => {
    const from = new Map<Socket, string>();
    const http = createServer((request, response) => response.end(from.get(request.socket)));
    const command = [...NAMESPACES, '--net', '--', process.execPath, join(directory, 'child.mjs')];
    const child = spawn(UNSHARE, command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const told: Told[] = [];
    child.on('message', (message, socket) => {
      told.push(message as Told);
      if (!(socket instanceof Socket)) return;
      const { sandbox, peer } = { sandbox: '', peer: '', ...(message as Told) };
      from.set(socket, `${sandbox} asks ${peer}`);
      http.emit('connection', socket);
    });
    await once(child, 'exit');
    expect(told.at(-1)).toEqual({
      kind: 'end',
      answers: [...tenTimes('one asks metadata'), ...tenTimes('two asks google')],
      warnings: [],
    });
    expect(told).toHaveLength(21);
  });
});

const tenTimes = (answer: string): string[] => Array.from({ length: 10 }, () => answer);
