/** `sekisho image push`: an image that was built here, or any OCI image layout, into the plane's registry. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fetchToken } from '../../plane/clients/index.js';
import { type PushOptions, PushRefused, pushImage, readOciLayout } from '../../registry/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { memberIn, planeOf, type WhoOptions } from '../where.js';
import { imageMessages } from './messages.js';
import { layoutOf, namedImage } from './reference.js';

export interface PushImageOptions extends WhoOptions {
  /** An OCI image layout in place of the one that `image build` wrote. */
  readonly from?: string;
}

/** @throws UsageError; BadLayout for a layout that is none; Error with the registry's words when it refuses */
export async function push(reference: string, given: PushImageOptions, context: CliContext): Promise<void> {
  const messages = imageMessages[context.language];
  const named = namedImage(reference, context);
  const plane = await planeOf(given, context);
  const layout = given.from ?? layoutOf(plane.dataDir, named);
  if (given.from === undefined && !existsSync(path.join(layout, 'index.json'))) {
    throw new UsageError(messages.notBuilt(named.text));
  }
  const image = await readOciLayout(layout, given.from === undefined ? named.tag : undefined);
  const member = memberIn(given, plane, context);
  const options: PushOptions = {
    registryUrl: plane.url,
    name: named.name,
    tag: named.tag,
    token: await fetchToken(plane, member),
    image,
  };
  try {
    context.stdout.write(`${named.name}@${await pushImage(options)}\n`);
  } catch (error) {
    if (!(error instanceof PushRefused)) throw error;
    throw new Error(messages.refused(named.text, member, sentence(error)));
  }
}

/** The registry's own words, out of its error body (OCI distribution, "Error Codes"). */
function sentence({ body, message }: PushRefused): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: readonly { readonly message?: unknown }[] };
    return String(errors?.[0]?.message ?? message);
  } catch {
    return message;
  }
}
