/** Plays the person at the browser: reads the URL that gcloud prints, signs in there, and types the code. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Result, TestPlane } from './plane.js';
import { recordCall } from './record.js';

const GCLOUD = 'gcloud';

/** What is typed into the form. */
export interface SignIn {
  readonly email: string;
  /** The plane's own when left out. */
  readonly secret?: string;
}

/** The page behind an authorization URL, by the plane's own address, as it answers what was typed. */
export async function submitForm(
  plane: TestPlane,
  url: string,
  { email, secret }: SignIn,
): Promise<Response> {
  const own = (await readFile(path.join(plane.data, 'admin-secret'), 'utf8')).trim();
  return fetch(url.replace(/^https:\/\//, `${plane.url}/`), {
    method: 'POST',
    body: new URLSearchParams({ email, secret: secret ?? own }),
    redirect: 'manual',
  });
}

/** Runs a gcloud command that signs in without launching a browser, to its end. */
export async function signInByBrowser(
  plane: TestPlane,
  member: string,
  command: string,
  typed: SignIn,
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const environment = { ...(await plane.environment(member)), ...env };
  recordCall(GCLOUD, command.split(' '));
  const child = spawn(GCLOUD, command.split(' '), { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        printed[stream] += text;
        const found = /https:\/\/accounts\.google\.com\/o\/oauth2\/auth\S+(?=\s)/.exec(printed[stream])?.[0];
        if (found !== undefined) resolve(found);
      });
    }
    child.once('close', () => reject(new Error(`gcloud ended\n${printed.stdout}\n${printed.stderr}`)));
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const page = await (await submitForm(plane, await url, typed)).text();
  const code = /<code id="code">([^<]+)</.exec(page)?.[1];
  if (code === undefined) {
    child.kill();
    throw new Error(`no code on the page\n${page}`);
  }
  child.stdin.end(`${code}\n`);
  return { code: await ended, ...printed };
}
