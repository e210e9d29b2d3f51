/**
 * `useEmailAzp` of generateIdToken: Google's clients for Node.js and Go send it, and the API takes it over REST,
 * although the published proto has no such field (google-auth-library, impersonated.ts). With it, the ID token's
 * `azp` is the account's address instead of its unique id.
 */
import { type ApiMethod, invalidArgument, isJsonObject } from '../../google/index.js';

const FIELD = 'useEmailAzp';

export interface EmailAzp {
  /** The method, taking the field too. */
  accepting(method: ApiMethod): ApiMethod;
  /** True when the request had the field set. */
  isWanted(request: object): boolean;
}

export function emailAzp(): EmailAzp {
  const wanted = new WeakSet<object>();
  return {
    accepting: (method) => ({
      ...method,
      decode(input) {
        if (!isJsonObject(input.body)) return method.decode(input);
        const { [FIELD]: value = false, ...body } = input.body;
        if (typeof value !== 'boolean')
          throw invalidArgument(`Invalid value at '${FIELD}': it must be a boolean.`);
        const message = method.decode({ ...input, body });
        if (value && typeof message === 'object' && message !== null) wanted.add(message);
        return message;
      },
    }),
    isWanted: (request) => wanted.has(request),
  };
}
