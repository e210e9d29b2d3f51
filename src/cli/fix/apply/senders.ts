/** Who sends the calls of a fix: to a plane as one of its members, or to Google as whoever is signed in. */
import { fetchToken, type RunningPlane } from '../../../plane/clients/index.js';
import type { Credentials, Transport } from '../../../sources/index.js';
import { type Api, type Call, type Json, requireAllowed } from './api.js';

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Through the plane's own APIs and their checks, as anybody's client would. @throws ClientError */
export async function planeApi(plane: RunningPlane, member: string): Promise<Api> {
  const token = await fetchToken(plane, member);
  return async (call) => {
    requireAllowed(call);
    const { verb, host, path, body } = call;
    const answer = await fetch(`${plane.url}/${host}${path}`, {
      method: verb,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: parsed(await answer.text()) };
  };
}

export interface GoogleSender {
  readonly credentials: Credentials;
  readonly transport: Transport;
}

/** To Google itself; a change is sent once: whether it was made is told by what is read afterwards. */
export function googleApi({ credentials, transport }: GoogleSender): Api {
  return async (call: Call) => {
    requireAllowed(call);
    const { verb, host, path, body } = call;
    const quotaProject = await credentials.quotaProject();
    const send = async (fresh: boolean) =>
      transport(
        {
          verb,
          url: new URL(`https://${host}${path}`),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        },
        {
          authorization: `Bearer ${await credentials.token(fresh)}`,
          'content-type': 'application/json',
          ...(quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject }),
        },
      );
    const answer = await send(false);
    const again = answer.status === 401 ? await send(true) : answer;
    return { status: again.status, body: parsed(again.body) };
  };
}
