/** `sekisho image build`: an OCI image of a directory and, if wanted, programs of this machine. */
import { access, constants, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  type BuildConfig,
  baseFiles,
  binaryFiles,
  buildImage,
  buildLayer,
  directoryFiles,
  type ImageFile,
  writeOciLayout,
} from '../../registry/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { dataDirOf, type WhereOptions } from '../where.js';
import { imageMessages } from './messages.js';
import { layoutOf, type NamedImage, namedImage } from './reference.js';

export interface BuildImageOptions extends WhereOptions {
  readonly tag: string;
  readonly binary: readonly string[];
  readonly env: readonly string[];
  readonly workdir: string;
  readonly user?: string;
  readonly output?: string;
}

/** @throws UsageError; the system's error for files that cannot be read */
export async function build(
  directory: string,
  command: readonly string[],
  given: BuildImageOptions,
  context: CliContext,
): Promise<void> {
  const messages = imageMessages[context.language];
  const named = namedImage(given.tag, context);
  const source = await stat(directory).catch(() => undefined);
  if (source?.isDirectory() !== true) throw new UsageError(messages.noDirectory(directory));
  const binaries = await Promise.all(given.binary.map((name) => findBinary(name, context)));
  const config = configOf(command, binaries, given, context);
  const layout = given.output ?? layoutOf(dataDirOf(given, context), named);
  const bytes = await write(directory, binaries, { config, workdir: given.workdir, layout, named }, context);
  context.stdout.write(`${messages.built(named.text, bytes.digest, bytes.size)}\n`);
}

interface Target {
  readonly config: BuildConfig;
  readonly workdir: string;
  readonly layout: string;
  readonly named: NamedImage;
}

/** The programs in one layer, which stays the same while the directory changes, and the directory in another. */
async function write(
  directory: string,
  binaries: readonly string[],
  { config, workdir, layout, named }: Target,
  { language }: CliContext,
): Promise<{ digest: string; size: number }> {
  const scratch = path.join(layout, `build.${process.pid}`);
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const programs: ImageFile[] = [
      ...(await Promise.all(binaries.map((binary) => binaryFiles(binary)))).flat(),
      ...baseFiles('app'),
    ];
    const image = await buildImage({
      base: [
        await buildLayer(programs, { file: path.join(scratch, 'programs.tar.gz') }),
        await buildLayer(await directoryFiles(directory, workdir), {
          file: path.join(scratch, 'directory.tar.gz'),
        }),
      ],
      config,
    });
    await writeOciLayout(image, layout, named.tag);
    const size = image.layers.reduce((total, layer) => total + layer.size, 0);
    return { digest: image.digest, size };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EACCES' && code !== 'EROFS') throw error;
    throw new Error(imageMessages[language].badOutput(layout, (error as Error).message), { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function configOf(
  command: readonly string[],
  binaries: readonly string[],
  given: BuildImageOptions,
  { language }: CliContext,
): BuildConfig {
  const messages = imageMessages[language];
  const bad = given.env.find((entry) => !/^[^=\0]+=[^\0]*$/.test(entry));
  if (bad !== undefined) throw new UsageError(messages.badEnv(bad));
  if (!path.posix.isAbsolute(given.workdir) || path.posix.normalize(given.workdir) === '/') {
    throw new UsageError(messages.badWorkdir(given.workdir));
  }
  const [binary] = binaries;
  if (command.length === 0 && binary === undefined) throw new UsageError(messages.noCommand);
  const dirs = new Set([...binaries.map((file) => path.dirname(file)), '/usr/local/bin', '/usr/bin', '/bin']);
  return {
    Entrypoint: command.length > 0 ? command : [binary ?? ''],
    Env: [`PATH=${[...dirs].join(':')}`, ...given.env],
    WorkingDir: path.posix.normalize(given.workdir),
    ...(given.user === undefined ? {} : { User: given.user }),
  };
}

/** A program by path, or by name on PATH. */
async function findBinary(name: string, { env, language }: CliContext): Promise<string> {
  const places = name.includes('/')
    ? [path.resolve(name)]
    : (env.PATH ?? '').split(path.delimiter).map((dir) => path.join(dir, name));
  for (const place of places) {
    const found = await stat(place).catch(() => undefined);
    if (
      found?.isFile() === true &&
      (await access(place, constants.R_OK | constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return place;
  }
  throw new UsageError(imageMessages[language].noBinary(name));
}
