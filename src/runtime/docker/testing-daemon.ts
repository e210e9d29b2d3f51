/** For tests: something that answers on a socket as a daemon would, or does not. */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface FakeDaemon {
  readonly socket: string;
  readonly env: { readonly DOCKER_HOST: string };
  /** Method and path of each request so far, without the API's version. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export const VERSION = {
  Version: '20.10.24',
  ApiVersion: '1.41',
  MinAPIVersion: '1.12',
  Os: 'linux',
  Arch: 'amd64',
} as const;

/**
 * Starts one.
 * @param answer an answer's status and body; undefined for none, ever
 */
export async function fakeDaemon(
  answer: (request: string) => { readonly status: number; readonly body: unknown } | undefined,
): Promise<FakeDaemon> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sekisho-fake-docker-'));
  const socket = path.join(directory, 'docker.sock');
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const line = `${request.method} ${(request.url ?? '').replace(/^\/v1\.\d+/, '').replace(/\?.*$/, '')}`;
    asked.push(line);
    request.resume();
    const answered = answer(line);
    if (answered === undefined) return;
    response.statusCode = answered.status;
    response.end(JSON.stringify(answered.body));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    env: { DOCKER_HOST: `unix://${socket}` },
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
