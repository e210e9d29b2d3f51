/** One layer: from a blob to a directory that overlayfs can stack. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Footing, hasManyIds } from '../footing.js';
import { killTree } from '../linux/index.js';
import { BadLayer, type Layer } from '../types.js';
import { decompressor } from './decompress.js';
import { Meter } from './digest.js';
import { EntryRefused } from './entry-rules.js';
import { LayerScanner, type ScanLimits } from './scanner.js';
import { TarSyntaxError } from './tar-header.js';
import { applyWhiteouts } from './whiteouts.js';

/** Where and how a store unpacks. */
export interface Unpacking {
  /** The store's directory: marks the programs that unpack for it. */
  readonly root: string;
  readonly limits: ScanLimits;
  readonly footing: Footing;
}

/** A variable of the programs that unpack for a store, by which they are known when their plane has been killed. */
export const unpackingMark = (root: string): string => `${MARK}=${root}`;
const MARK = 'SEKISHO_LAYERS';

/** tar is given up after so long without taking anything, or without ending when there is nothing more. */
const STALL_MS = 60_000;

/**
 * Unpacks a layer into `directory`, which must exist and be empty; on failure its content is undefined.
 * Ownership, modes, times, `user.*` attributes and file capabilities are kept as far as the footing allows: with one
 * id everything belongs to it.
 * @throws BadLayer when the blob is not what it says, or contains what no layer may
 */
export async function unpackLayer(layer: Layer, directory: string, store: Unpacking): Promise<void> {
  const tar = startTar(directory, store);
  const blob = new Meter();
  const archive = new Meter();
  const scan = scanning(store.limits);
  const unzip = decompressor(layer.digest, layer.mediaType);
  const stall = watchProgress(archive, tar.process);
  try {
    const { signal } = stall;
    await pipeline(layer.open(), blob, unzip, archive, scan.stream, tar.process.stdin, { signal });
    await tar.ended;
  } catch (error) {
    killTree(tar.process.pid);
    const reason = await tar.ended.then(
      () => error,
      (fromTar: unknown) => (brokenPipe(error) && !endedByUs(fromTar) ? fromTar : error),
    );
    throw explained(layer, stall.signal.aborted ? stall.signal.reason : reason);
  } finally {
    stall.end();
  }
  verify(layer, blob, archive);
  try {
    await applyWhiteouts(directory, scan.scanner.whiteouts, store.footing);
  } catch (error) {
    throw explained(layer, error);
  }
}

/**
 * Reads a layer just as unpacking it would, and unpacks nothing.
 * @returns how many bytes its tar has
 * @throws BadLayer when the blob is not what it says, or contains what no layer may
 */
export async function checkLayer(layer: Layer, limits: ScanLimits): Promise<number> {
  const blob = new Meter();
  const archive = new Meter();
  const unzip = decompressor(layer.digest, layer.mediaType);
  const { stream } = scanning(limits);
  try {
    await pipeline(layer.open(), blob, unzip, archive, stream.resume());
  } catch (error) {
    throw explained(layer, error);
  }
  verify(layer, blob, archive);
  return archive.bytes;
}

function watchProgress(archive: Meter, tar: ChildProcess): { signal: AbortSignal; end: () => void } {
  const stalled = new AbortController();
  let before = -1;
  const timer = setInterval(() => {
    if (archive.bytes === before) {
      stalled.abort(new Error(`tar took nothing for ${STALL_MS / 1000} s`));
      killTree(tar.pid);
    }
    before = archive.bytes;
  }, STALL_MS);
  return { signal: stalled.signal, end: () => clearInterval(timer) };
}

function verify(layer: Layer, blob: Meter, archive: Meter): void {
  const digest = blob.digest();
  if (digest !== layer.digest || blob.bytes !== layer.size) {
    const found = `${digest} with ${blob.bytes} bytes`;
    throw new BadLayer(`layer ${layer.digest} should have ${layer.size} bytes, but its content is ${found}`);
  }
  const diffId = archive.digest();
  if (diffId !== layer.diffId) {
    const mismatch = `unpacks to ${diffId}, but the image config says ${layer.diffId}`;
    throw new BadLayer(`layer ${layer.digest} ${mismatch}`);
  }
}

function scanning(limits: ScanLimits): { readonly scanner: LayerScanner; readonly stream: Transform } {
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => attempt(() => scanner.push(chunk), done),
    flush: (done) => attempt(() => scanner.finish(), done),
  });
  const scanner = new LayerScanner(limits, (chunk) => stream.push(chunk));
  return { scanner, stream };
}

function attempt(step: () => void, done: (error?: Error) => void): void {
  try {
    step();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done();
}

interface Tar {
  readonly process: ChildProcessByStdio<Writable, null, Readable>;
  /** Rejects with TarFailed unless it unpacked everything. */
  readonly ended: Promise<void>;
}

class TarFailed extends Error {
  override readonly name = 'TarFailed';
}

function startTar(directory: string, { root, footing }: Unpacking): Tar {
  const owner = hasManyIds(footing) ? '--same-owner' : '--no-same-owner';
  const args = ['--extract', '--file=-', '--preserve-permissions', owner, '--numeric-owner'];
  const kept = ['--xattrs-include=user.*', '--xattrs-include=security.capability'];
  const xattrs = ['--xattrs', ...kept, '--xattrs-exclude=user.overlay.*']; // overlayfs's own marks are ours to make
  const child = spawn('tar', [...args, ...xattrs, '--warning=no-timestamp', `--directory=${directory}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', [MARK]: root },
  });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = (async () => {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return;
    throw new TarFailed(firstLine(Buffer.concat(stderr).toString()));
  })();
  ended.catch(() => undefined); // whoever awaits it first gets the reason
  return { process: child, ended };
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/^tar: /, '');
}

/** The stream broke because tar stopped reading: tar knows why. */
function brokenPipe(error: unknown): boolean {
  const codes = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET'];
  return (
    error instanceof Error &&
    (error instanceof TarFailed || ('code' in error && codes.includes(String(error.code))))
  );
}

function endedByUs(error: unknown): boolean {
  return error instanceof TarFailed && error.message === '';
}

/** Names the layer; what is wrong with this machine rather than with the layer stays an ordinary error. */
function explained(layer: Layer, error: unknown): Error {
  if (error instanceof BadLayer) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EntryRefused) return new BadLayer(`layer ${layer.digest}: ${message}`);
  if (error instanceof TarSyntaxError)
    return new BadLayer(`layer ${layer.digest} is not a valid tar: it has ${message}`);
  if (error instanceof TarFailed && !/No space left|Disk quota|Read-only file system/.test(message)) {
    return new BadLayer(`layer ${layer.digest} cannot be unpacked: ${message}`);
  }
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ENOENT' && 'path' in error && error.path === 'tar') {
      return new Error('unpacking images needs GNU tar: apt-get install tar');
    }
    if (/^Z_/.test(String(error.code)))
      return new BadLayer(`layer ${layer.digest} is not valid gzip: ${message}`);
  }
  return new Error(`layer ${layer.digest} could not be unpacked: ${message}`, { cause: error });
}
