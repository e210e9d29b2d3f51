/** Query parameters that every Google API understands (https://cloud.google.com/apis/docs/system-parameters). */
import { invalidArgument, unimplemented } from './errors.js';

/** They concern billing, quota or layout, none of which a plane of one's own has: accepted without effect. */
const WITHOUT_EFFECT = new Set([
  'key',
  'quotaUser',
  'userProject',
  'userIp',
  'prettyPrint',
  'xgafv',
  'trace',
]);
const ONLY_THIS_VALUE: Readonly<Record<string, RegExp>> = { alt: /^json(?:;.*)?$/, fields: /^\*$/ };
const UNSUPPORTED = new Set(['access_token', 'oauth_token', 'callback', 'uploadType', 'upload_protocol']);

/**
 * The query without its system parameters, which are written plainly (`alt`) or with a dollar (`$alt`, `$.xgafv`).
 * @throws GoogleError INVALID_ARGUMENT for an `alt` other than JSON; UNIMPLEMENTED for parameters that would
 *   change the answer or carry a credential, none of which gcloud sends
 */
export function withoutSystemParameters(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams();
  for (const [name, value] of query) {
    const plain = name.replace(/^\$\.?/, '');
    const only = Object.hasOwn(ONLY_THIS_VALUE, plain) ? ONLY_THIS_VALUE[plain] : undefined;
    if (only?.test(value) || WITHOUT_EFFECT.has(plain)) continue;
    if (plain === 'alt') throw invalidArgument(`Invalid alt: "${value}". Only json is served.`);
    if (only || UNSUPPORTED.has(plain)) {
      throw unimplemented(`The system parameter ${name} is not supported.`);
    }
    rest.append(name, value);
  }
  return rest;
}
