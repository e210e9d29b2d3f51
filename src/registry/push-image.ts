/** Pushes a built image over HTTP, for machines that have no skopeo. */
import type { BuiltBlob } from './image-builder.js';
import type { LaidOutImage } from './oci-layout.js';

export interface PushOptions {
  /** Where the registry is reached, e.g. `http://127.0.0.1:8750`, without a trailing slash. */
  readonly registryUrl: string;
  /** What stands between `/v2/` and the verb: `asia-northeast1-docker.pkg.dev/P/R/IMAGE` in the direct form. */
  readonly name: string;
  readonly tag: string;
  /** An access token of somebody who may push. */
  readonly token: string;
  readonly image: LaidOutImage;
}

/** The registry said no. The message is its answer's body. */
export class PushRefused extends Error {
  override readonly name = 'PushRefused';
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`the registry answered ${status}: ${body}`);
  }
}

/**
 * Pushes the blobs that the registry lacks, then the manifest.
 * @returns the image's digest
 * @throws PushRefused
 */
export async function pushImage(options: PushOptions): Promise<string> {
  const { image, tag } = options;
  const blobs = new Map([image.config, ...image.layers].map((blob) => [blob.digest, blob]));
  for (const blob of blobs.values()) await pushBlob(options, blob);
  await call(options, 'PUT', `manifests/${tag}`, [201], {
    type: image.manifest.mediaType,
    blob: image.manifest,
  });
  return image.digest;
}

async function pushBlob(options: PushOptions, blob: BuiltBlob): Promise<void> {
  // Whoever may push need not be allowed to look; and the answer to HEAD has no words, the upload's refusal has.
  const status = await call(options, 'HEAD', `blobs/${blob.digest}`, [200, 401, 403, 404]);
  if (status === 200) return;
  await call(options, 'POST', `blobs/uploads/?digest=${blob.digest}`, [201], {
    type: 'application/octet-stream',
    blob,
  });
}

async function call(
  { registryUrl, name, token }: PushOptions,
  method: 'HEAD' | 'POST' | 'PUT',
  path: string,
  accepted: readonly number[],
  body?: { readonly type: string; readonly blob: BuiltBlob },
): Promise<number> {
  // Only who pushes needs the client: it is too large to be loaded by every start.
  const { request } = await import('undici');
  const response = await request(`${registryUrl}/v2/${name}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': String(body.blob.size) }),
    },
    body: body?.blob.open() ?? null,
  });
  const text = await response.body.text();
  if (!accepted.includes(response.statusCode)) throw new PushRefused(response.statusCode, text);
  return response.statusCode;
}
