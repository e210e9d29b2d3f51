/** Images for the tests, built without Docker and pushed by skopeo or straight over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type BuiltImage,
  baseFiles,
  buildImage,
  nodeServerImage,
  writeOciLayout,
} from '../../src/registry/index.js';
import { must, type TestPlane } from './plane.js';

/** Shared by the whole run: the layer with Node.js takes seconds to make. */
const CACHE = path.join(tmpdir(), 'sekisho-test-image-cache');

/** A server that answers `Hello from SERVICE` and echoes the request on /echo. */
export const HELLO = `
import http from 'node:http';
const server = http.createServer((request, response) => {
  if (request.url === '/echo') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: request.method, headers: request.headers, env: process.env }));
    return;
  }
  console.log('request ' + request.url);
  response.end('Hello from ' + process.env.K_SERVICE + ' ' + process.env.K_REVISION + '\\n');
});
server.listen(Number(process.env.PORT), () => console.log('listening'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** An image whose only process is a Node.js script (an ES module). */
export function nodeImage(script: string): Promise<BuiltImage> {
  return nodeServerImage({ script, cacheDir: CACHE });
}

/** What runs under busybox: applets by which the scripts of the tests go. */
const APPLETS = ['sh', 'httpd', 'cat', 'echo', 'env', 'grep', 'ls', 'mkdir', 'sleep', 'wget'];

/** An image of a shell script, which starts in milliseconds where Node.js takes forty. */
export function shellImage(script: string): Promise<BuiltImage> {
  return buildImage({
    files: [
      ...baseFiles('nobody'),
      { path: '/bin/busybox', fromFile: '/bin/busybox', mode: 0o755 },
      ...APPLETS.map((name) => ({ path: `/bin/${name}`, symlink: 'busybox' })),
    ],
    config: { Entrypoint: ['/bin/sh', '-c', script], Env: ['PATH=/bin'], User: '0' },
  });
}

/** A server that answers with its revision's name, and ends at SIGTERM. */
export const NAMING_SERVER = `
mkdir -p /tmp/www
echo -n "$K_REVISION" > /tmp/www/index.html
httpd -f -p "$PORT" -h /tmp/www &
trap 'kill %1; exit 0' TERM
wait
`;

/** Pushes by skopeo, as a member, under the image's real name. */
export async function push(
  plane: TestPlane,
  member: string,
  image: BuiltImage,
  reference: string,
): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-image-'));
  try {
    await writeOciLayout(image, dir, 'latest');
    await must(plane.as(member, 'skopeo', ['copy', '--quiet', `oci:${dir}:latest`, `docker://${reference}`]));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
