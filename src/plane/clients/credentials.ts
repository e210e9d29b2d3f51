/** Application default credentials of a member: what Google's libraries sign in with, and where our token is kept. */
import path from 'node:path';
import { adminCall, type RunningPlane, takesRefreshToken } from './admin-client.js';
import { ClientError } from './client-error.js';
import { readText, writePrivate } from './private-files.js';

/** gcloud's own OAuth client, as published in its source: an installed application has no secret to keep. */
const GCLOUD_CLIENT = {
  id: '32555940559.apps.googleusercontent.com',
  secret: 'ZmssLNjJy2998hD4CTg2ejr2',
} as const;

export interface Credentials {
  readonly file: string;
  readonly refreshToken: string;
}

/**
 * The member's credentials: those of the last time while the plane takes them, new ones otherwise.
 * @throws ClientError `refused` when there is no such service account
 */
export async function memberCredentials(
  plane: RunningPlane,
  member: string,
  dir: string,
): Promise<Credentials> {
  const file = path.join(dir, 'application-default-credentials.json');
  const kept = keptToken(await readText(file));
  if (kept !== undefined && (await takesRefreshToken(plane, GCLOUD_CLIENT, kept))) {
    return { file, refreshToken: kept };
  }
  const { refreshToken } = await adminCall(plane, 'POST /v1/refresh-token', { as: member });
  if (typeof refreshToken !== 'string')
    throw new ClientError({ kind: 'refused', cause: 'The plane gave no refresh token.' });
  await writePrivate(file, authorizedUser(refreshToken));
  return { file, refreshToken };
}

/** The `authorized_user` form (https://google.aip.dev/auth/4113). */
function authorizedUser(refreshToken: string): string {
  const { id, secret } = GCLOUD_CLIENT;
  const fields = {
    type: 'authorized_user',
    client_id: id,
    client_secret: secret,
    refresh_token: refreshToken,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function keptToken(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const token =
      typeof value === 'object' && value !== null && 'refresh_token' in value && value.refresh_token;
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
