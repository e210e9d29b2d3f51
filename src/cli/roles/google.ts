/** Calls of the live IAM API, with the caller's own credential and through the caller's own proxy. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GoogleGet } from '../../plane/index.js';
import type { CliContext } from '../context.js';
import { rolesMessages } from './messages.js';

/** A page of a thousand roles is some megabytes. */
const TIMEOUT_MS = 120_000;

/** @param tokenFile a file with an access token, where one was named @throws Error when there is no credential */
export async function googleGet(tokenFile: string | undefined, context: CliContext): Promise<GoogleGet> {
  const messages = rolesMessages[context.language];
  const token = await accessToken(tokenFile, context);
  const { EnvHttpProxyAgent, request } = await import('undici');
  const { HTTP_PROXY, http_proxy, HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = context.env;
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: http_proxy ?? HTTP_PROXY ?? '',
    httpsProxy: https_proxy ?? HTTPS_PROXY ?? '',
    noProxy: no_proxy ?? NO_PROXY ?? '',
  });
  return async (url) => {
    try {
      const { statusCode, body } = await request(url, {
        dispatcher,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: statusCode, text: await body.text() };
    } catch (error) {
      throw new Error(messages.cannotReach((error as Error).message));
    }
  };
}

/** `--access-token-file`, else GOOGLE_OAUTH_ACCESS_TOKEN, else application default credentials. */
async function accessToken(file: string | undefined, context: CliContext): Promise<string> {
  const { env, language } = context;
  const messages = rolesMessages[language];
  if (file !== undefined) {
    const text = await readFile(path.resolve(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new Error(messages.cannotReadToken(file, error.code ?? error.message));
    });
    if (!isToken(text.trim())) throw new Error(messages.cannotReadToken(file, 'no token'));
    return text.trim();
  }
  const given = env.GOOGLE_OAUTH_ACCESS_TOKEN?.trim() ?? '';
  if (given !== '') {
    if (!isToken(given)) throw new Error(messages.noCredential('GOOGLE_OAUTH_ACCESS_TOKEN'));
    return given;
  }
  return defaultToken(context);
}

/** What a header can hold (RFC 6750, b64token, and what Google's tokens look like). */
const isToken = (text: string): boolean => /^[\w\-.~+/]+=*$/.test(text);

async function defaultToken({ language }: CliContext): Promise<string> {
  const messages = rolesMessages[language];
  try {
    // Only who syncs without a token at hand needs Google's library.
    const { GoogleAuth } = await import('google-auth-library');
    const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
    const token = await auth.getAccessToken();
    if (!token) throw new Error('no token');
    return token;
  } catch (error) {
    throw new Error(messages.noCredential((error as Error).message.split('\n', 1)[0] ?? ''));
  }
}
