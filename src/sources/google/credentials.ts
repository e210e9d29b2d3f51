/** Who asks Google: Application Default Credentials, or an access token that the environment names. */

/** Nobody is signed in, or Google does not accept who is: nothing at all can be read. */
export class GoogleSignInError extends Error {
  override readonly name = 'GoogleSignInError';
}

export interface Credentials {
  /**
   * An access token. @param fresh a new one, in place of one that was refused
   * @throws GoogleSignInError
   */
  token(fresh: boolean): Promise<string>;
  /** The project that calls are counted to, where the credentials name one. */
  quotaProject(): Promise<string | undefined>;
  /** The address of a service account; undefined for users, who only Google can tell. */
  email(): Promise<string | undefined>;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** What a header can hold (RFC 6750, b64token). */
const TOKEN = /^[\w\-.~+/]+=*$/;

export function signInHelp(problem: string): string {
  return `Google Cloud does not know who asks: ${problem} Sign in with: gcloud auth application-default login`;
}

/** @param env `GOOGLE_OAUTH_ACCESS_TOKEN` comes first, as for gcloud's and Terraform's own users of it */
export function defaultCredentials(env: NodeJS.ProcessEnv): Credentials {
  const given = env.GOOGLE_OAUTH_ACCESS_TOKEN?.trim() ?? '';
  if (given !== '') return givenToken(given, env.GOOGLE_CLOUD_QUOTA_PROJECT);
  const opened = once(openDefault);
  return {
    async token(fresh) {
      const { client } = await opened();
      // The library keeps a token until it is about to expire, not until it is refused.
      if (fresh) client.credentials = { ...client.credentials, expiry_date: 1 };
      return readable(client.getAccessToken().then(({ token }) => token));
    },
    async quotaProject() {
      return (await opened()).client.quotaProjectId;
    },
    async email() {
      const { auth } = await opened();
      return auth.getCredentials().then(
        ({ client_email: email }) => email,
        () => undefined,
      );
    },
  };
}

function givenToken(token: string, quotaProject: string | undefined): Credentials {
  return {
    async token(fresh) {
      if (fresh || !TOKEN.test(token)) {
        throw new GoogleSignInError(signInHelp('GOOGLE_OAUTH_ACCESS_TOKEN is not accepted.'));
      }
      return token;
    },
    quotaProject: async () => (quotaProject === '' ? undefined : quotaProject),
    email: async () => undefined,
  };
}

/** Google's library is loaded when it is needed. @throws GoogleSignInError */
async function openDefault() {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: [SCOPE] });
  const client = await readable(auth.getClient());
  return { auth, client };
}

async function readable<T>(asked: Promise<T | null | undefined>): Promise<T> {
  try {
    const value = await asked;
    if (value === null || value === undefined || value === '') throw new Error('There is no token.');
    return value;
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n', 1);
    throw new GoogleSignInError(signInHelp(line.endsWith('.') ? line : `${line}.`), { cause: error });
  }
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
