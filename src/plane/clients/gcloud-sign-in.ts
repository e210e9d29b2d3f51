/** Signs gcloud in as a member, by gcloud's own command, once. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { ClientError } from './client-error.js';
import { readText, writePrivate } from './private-files.js';

/** Of which sign-in gcloud's credential database holds the credential. */
const STAMP = 'sekisho-signed-in';
const LAST_WORDS = 2000;

export interface SignIn {
  readonly email: string;
  readonly refreshToken: string;
  /** gcloud's configuration directory, with its proxy and certificates configured already. */
  readonly gcloudConfig: string;
  /** The environment that clients get. */
  readonly env: NodeJS.ProcessEnv;
  /** Called before gcloud runs, which takes a second or two. */
  readonly onSignIn?: () => void;
}

/**
 * Signs gcloud in, unless it is signed in with this very token or is not installed.
 * @throws ClientError with gcloud's own words when it fails
 */
export async function signInGcloud(signIn: SignIn): Promise<void> {
  const { email, refreshToken, gcloudConfig, env } = signIn;
  const stamp = path.join(gcloudConfig, STAMP);
  const wanted = createHash('sha256').update(refreshToken).digest('hex');
  const credentials = await stat(path.join(gcloudConfig, 'credentials.db')).catch(() => undefined);
  if (credentials && (await readText(stamp)) === wanted) return;
  const gcloud = await findCommand('gcloud', env.PATH);
  if (gcloud === undefined) return;
  signIn.onSignIn?.();
  const { status, errors } = await activate(gcloud, email, refreshToken, env);
  if (status !== 0) throw new ClientError({ kind: 'sign-in-failed', email, cause: errors.trim() });
  await writePrivate(stamp, wanted);
}

/** The token goes in by standard input: arguments can be read by every user of the machine. */
function activate(
  gcloud: string,
  email: string,
  refreshToken: string,
  env: NodeJS.ProcessEnv,
): Promise<{ status: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(gcloud, ['auth', 'activate-refresh-token', email], {
      // Where prompts are off, as in many CI systems, gcloud would not read the token from standard input.
      env: { ...env, CLOUDSDK_CORE_DISABLE_PROMPTS: 'false' },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-LAST_WORDS);
    });
    child.on('error', (error) =>
      reject(new ClientError({ kind: 'sign-in-failed', email, cause: error.message })),
    );
    child.on('close', (status) => resolve({ status, errors }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${refreshToken}\n`);
  });
}

/** Where a command lies on a PATH; undefined when it is not there. */
export async function findCommand(name: string, searchPath: string | undefined): Promise<string | undefined> {
  for (const dir of (searchPath ?? '').split(path.delimiter)) {
    if (dir === '') continue;
    const file = path.join(dir, name);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) continue;
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return file;
  }
  return undefined;
}
