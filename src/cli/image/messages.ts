/** What `sekisho image` says, in each language. */
import type { Language } from '../messages.js';

export interface ImageMessages {
  readonly badReference: (text: string) => string;
  readonly noDirectory: (dir: string) => string;
  readonly noCommand: string;
  readonly noBinary: (name: string) => string;
  readonly badEnv: (text: string) => string;
  readonly badWorkdir: (text: string) => string;
  readonly badOutput: (text: string, why: string) => string;
  readonly built: (reference: string, digest: string, bytes: number) => string;
  readonly notBuilt: (reference: string) => string;
  readonly refused: (reference: string, member: string, why: string) => string;
}

const MEBIBYTE = 1 << 20;

export const imageMessages: Readonly<Record<Language, ImageMessages>> = {
  en: {
    badReference: (text) =>
      `'${text}' names no image in a repository. Write LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE:TAG.`,
    noDirectory: (dir) => `${dir} is no directory.`,
    noCommand:
      'say what the container runs: --binary FILE, or the command after --, e.g. sekisho image build . --tag … --binary node -- node server.js',
    noBinary: (name) => `--binary ${name}: there is no such file, neither here nor on PATH.`,
    badEnv: (text) => `--env '${text}' is not of the form NAME=VALUE.`,
    badWorkdir: (text) => `--workdir '${text}' is no absolute path.`,
    badOutput: (text, why) => `the image could not be written to ${text}: ${why}`,
    built: (reference, digest, bytes) =>
      `Built ${reference} (${digest}, ${(bytes / MEBIBYTE).toFixed(1)} MiB).`,
    notBuilt: (reference) =>
      `${reference} has not been built here. Build it: sekisho image build DIR --tag ${reference}`,
    refused: (reference, member, why) => `${reference} could not be pushed as ${member}: ${why}`,
  },
  ja: {
    badReference: (text) =>
      `'${text}' はリポジトリ内のイメージではありません。LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE:TAG の形で指定してください。`,
    noDirectory: (dir) => `${dir} はディレクトリではありません。`,
    noCommand:
      'コンテナで実行するものを指定してください。--binary FILE、または -- の後にコマンド。例: sekisho image build . --tag … --binary node -- node server.js',
    noBinary: (name) => `--binary ${name}: このファイルはここにも PATH にもありません。`,
    badEnv: (text) => `--env '${text}' は NAME=VALUE の形ではありません。`,
    badWorkdir: (text) => `--workdir '${text}' は絶対パスではありません。`,
    badOutput: (text, why) => `イメージを ${text} に書き込めませんでした: ${why}`,
    built: (reference, digest, bytes) =>
      `${reference} をビルドしました（${digest}、${(bytes / MEBIBYTE).toFixed(1)} MiB）。`,
    notBuilt: (reference) =>
      `${reference} はまだビルドされていません。ビルドするには: sekisho image build DIR --tag ${reference}`,
    refused: (reference, member, why) => `${reference} を ${member} として push できませんでした: ${why}`,
  },
};
