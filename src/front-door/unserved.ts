/** What a client is told that calls an API of Google's which Sekisho has no part of. */

const PUSH =
  'build the image on this machine, push it to the registry (docker, podman, skopeo or "sekisho image build" and ' +
  '"sekisho image push"), and deploy it with --image.';

/** What to do instead, where there is something. The first pattern that matches the host decides. */
const INSTEAD: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^(?:[a-z0-9-]+-)?cloudbuild\.googleapis\.com$/, `Sekisho builds nothing from source: ${PUSH}`],
  [
    /^(?:[a-z0-9._-]+\.)?storage\.googleapis\.com$/,
    `Sekisho has no Cloud Storage, where sources are staged for a build. Instead of building there, ${PUSH}`,
  ],
  [
    /^(?:[a-z0-9-]+-)?cloudfunctions\.googleapis\.com$|\.cloudfunctions\.net$/,
    'Sekisho runs no functions: build an image of the function (with the Functions Framework), push it, and deploy ' +
      'it as a Cloud Run service with --image.',
  ],
  [
    /firebase|\.web\.app$|\.hosted\.app$/,
    'Sekisho has no Firebase: push an image and deploy it as a Cloud Run service with --image.',
  ],
];

/**
 * @param host the host that was called and
 * @param verb, path what was asked of it
 * @returns a sentence or two for the client
 */
export function unservedCall(host: string, verb: string, path: string): string {
  const advice = INSTEAD.find(([pattern]) => pattern.test(host))?.[1];
  const refusal = `${host} is not served by Sekisho (asked for: ${verb} ${path}).`;
  return advice === undefined ? refusal : `${refusal} ${advice}`;
}
