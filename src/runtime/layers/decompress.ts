/** Layer media types and how to undo their compression. */
import { spawn } from 'node:child_process';
import { Duplex, PassThrough } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BadLayer } from '../types.js';

type Compression = 'none' | 'gzip' | 'zstd';

/**
 * https://github.com/opencontainers/image-spec/blob/main/media-types.md and
 * https://distribution.github.io/distribution/spec/manifest-v2-2/#media-types
 */
const COMPRESSION: Readonly<Record<string, Compression>> = {
  'application/vnd.oci.image.layer.v1.tar': 'none',
  'application/vnd.oci.image.layer.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'zstd',
  'application/vnd.docker.image.rootfs.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'zstd',
};

/** A stream that takes the blob and gives the tar. @throws BadLayer for a media type that is not a layer's */
export function decompressor(digest: string, mediaType: string): Duplex {
  switch (COMPRESSION[mediaType]) {
    case 'none':
      return new PassThrough();
    case 'gzip':
      return createGunzip({ chunkSize: 256 * 1024 });
    case 'zstd':
      return zstd();
    default:
      throw new BadLayer(`layer ${digest} has the media type ${mediaType}, which cannot be unpacked`);
  }
}

/** Node.js 20 has no zstd of its own. */
function zstd(): Duplex {
  const child = spawn('zstd', ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', () => reject(new Error('a layer is compressed with zstd: apt-get install zstd')));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(Buffer.concat(stderr).toString().trim()));
    });
  });
  const duplex = new Duplex({
    allowHalfOpen: true,
    write: (chunk: Buffer, _encoding, done) => {
      if (child.stdin.write(chunk)) done();
      else child.stdin.once('drain', done);
    },
    final: (done) => {
      child.stdin.end();
      done();
    },
    read: () => {
      child.stdout.resume();
    },
    destroy: (error, done) => {
      child.kill('SIGKILL');
      done(error);
    },
  });
  child.stdin.on('error', () => undefined); // its exit says why
  child.stdout.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) child.stdout.pause();
  });
  ended.then(
    () => duplex.push(null),
    (error: unknown) => duplex.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return duplex;
}
