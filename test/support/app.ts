/** One image for every behaviour that the tests need of a container: `MODE` says how it starts, the path what it does. */
import type { BuiltImage } from '../../src/registry/index.js';
import { nodeImage } from './images.js';

const SCRIPT = `
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';

const { MODE = 'serve', PORT, DELAY_MS = '0', K_SERVICE, K_REVISION, GREETING = 'Hello from' } = process.env;

const routes = {
  '/echo': async (request, response) => {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request) { hash.update(chunk); length += chunk.length; }
    const { method, url, headers, httpVersion } = request;
    const answer = { method, url, headers, httpVersion, length, sha256: hash.digest('hex'), env: process.env, uid: process.getuid() };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  },
  '/mirror': async (request, response) => {
    response.setHeader('content-type', request.headers['content-type'] ?? 'application/octet-stream');
    for await (const chunk of request) if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
    response.end();
  },
  '/file': (request, response) => {
    try {
      response.end(readFileSync(new URL(request.url, 'http://x').searchParams.get('path')));
    } catch (error) {
      response.statusCode = 404;
      response.end(error.code);
    }
  },
  '/status': (request, response) => {
    response.statusCode = Number(new URL(request.url, 'http://x').searchParams.get('code'));
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.end('as asked');
  },
  '/slow': (request, response) => setTimeout(() => response.end('slow but sure'), Number(new URL(request.url, 'http://x').searchParams.get('ms'))),
  '/log': (request, response) => {
    console.log('a plain line');
    console.error('a line of standard error');
    console.log(JSON.stringify({ severity: 'WARNING', message: 'a structured line', component: 'tests', answer: 42 }));
    console.log('{"severity": "ERROR", "message": "cut o');
    response.end('logged');
  },
  '/die': () => process.exit(7),
};

function serve(port) {
  const server = http.createServer(async (request, response) => {
    const route = routes[new URL(request.url, 'http://x').pathname];
    if (route) return route(request, response);
    response.end(GREETING + ' ' + K_SERVICE + ' ' + K_REVISION);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (request.url !== '/socket') return socket.end('HTTP/1.1 426 Upgrade Required\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nno!');
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nX-Host: ' + request.headers.host + '\\r\\n\\r\\n');
    socket.write(head);
    socket.pipe(socket);
  });
  server.keepAliveTimeout = 60000;
  if (MODE !== 'stubborn') process.on('SIGTERM', () => { console.log('terminating'); server.close(() => process.exit(0)); server.closeIdleConnections(); });
  else process.on('SIGTERM', () => console.log('not listening to that'));
  if (DELAY_MS !== '0') console.log('listening in ' + DELAY_MS + ' ms');
  setTimeout(() => server.listen(port, () => console.log('listening on ' + port)), Number(DELAY_MS));
}

const modes = {
  serve: () => serve(Number(PORT)),
  stubborn: () => serve(Number(PORT)),
  elsewhere: () => serve(9999),
  silent: () => { console.log('thinking'); setInterval(() => undefined, 1000); process.on('SIGTERM', () => process.exit(0)); },
  exit: () => { console.log('about to give up'); console.error('because I was told to'); process.exit(3); },
  hungry: () => { const kept = []; console.log('eating'); for (;;) kept.push(Buffer.alloc(8 << 20, 1)); },
};
modes[MODE]();
`;

/** An image of the app, for this machine's platform. */
export const appImage = (): Promise<BuiltImage> => nodeImage(SCRIPT);
