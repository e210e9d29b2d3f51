/** A deploy as it is put together from a file: the request, and where its parts are written. */
import type { CheckRequest, RequestedSecret } from '../check-request.js';
import type { Place } from '../places.js';
import { secretVariableField, secretVolumeField } from '../template-fields.js';
import type { Cursor } from './cursor.js';

/** What one instance runs, in either version. */
export interface ReadInstance {
  readonly images: readonly Written<string>[];
  readonly serviceAccount: Written<string> | undefined;
  readonly secrets: readonly Written<RequestedSecret>[];
}

/** Something with the place where it is written. */
export interface Written<T> {
  readonly value: T;
  readonly place: Place;
}

/** A resource's file as far as permissions go. */
export interface ReadResource extends ReadInstance {
  readonly kind: CheckRequest['kind'];
  readonly apiVersion: CheckRequest['apiVersion'];
  readonly name: Written<string>;
  readonly project: string | undefined;
  readonly region: string | undefined;
  readonly invokerIamDisabled: boolean;
}

/** How a version spells what instances run. */
export interface InstanceSpelling {
  readonly kind: CheckRequest['kind'];
  readonly account: string;
  /** `valueFrom` or `valueSource`, and the fields of the secret and of its version below `secretKeyRef`. */
  readonly source: string;
  readonly secret: string;
  readonly version: string;
  readonly volumeSecret: string;
  readonly itemVersion: string;
  /** From the name in the file to the secret's id, or `projects/P/secrets/S`. */
  readonly resolve: (name: Cursor) => string;
}

/** @throws BadInput for an instance without containers, a container without an image, a secret without a name */
export function readInstance(at: Cursor, spelling: InstanceSpelling): ReadInstance {
  const containers = at.items('containers');
  if (containers.length === 0) at.fail(`${at.field}.containers: at least one container is required.`);
  const account = at.child(spelling.account);
  const serviceAccount = account?.ownText();
  return {
    images: containers.map((container) => {
      const image = container.required('image');
      const value = image.ownText();
      if (value === '') image.fail(`${image.field} is empty.`);
      return { value, place: image.place };
    }),
    serviceAccount: account && serviceAccount ? { value: serviceAccount, place: account.place } : undefined,
    secrets: [
      ...containers.flatMap((container, index) => envSecrets(container, index, spelling)),
      ...at.items('volumes').flatMap((volume, index) => volumeSecrets(volume, index, spelling)),
    ],
  };
}

function envSecrets(
  container: Cursor,
  index: number,
  spelling: InstanceSpelling,
): Written<RequestedSecret>[] {
  return container.items('env').flatMap((variable, at) => {
    const reference = variable.child(spelling.source)?.child('secretKeyRef');
    if (!reference) return [];
    const name = reference.required(spelling.secret);
    const field = secretVariableField(spelling.kind, index, at);
    const version = reference.text(spelling.version) ?? 'latest';
    const env = variable.required('name').ownText();
    return [{ value: { env, name: spelling.resolve(name), version, field }, place: name.place }];
  });
}

/** A volume without items holds the latest version. */
function volumeSecrets(
  volume: Cursor,
  index: number,
  spelling: InstanceSpelling,
): Written<RequestedSecret>[] {
  const source = volume.child('secret');
  if (!source) return [];
  const secret = source.required(spelling.volumeSecret);
  const name = spelling.resolve(secret);
  const mount = volume.required('name').ownText();
  const field = secretVolumeField(spelling.kind, index);
  const versions = source.items('items').map((item) => item.text(spelling.itemVersion) ?? 'latest');
  return [...new Set(versions.length === 0 ? ['latest'] : versions)].map((version) => ({
    value: { mount, name, version, field },
    place: secret.place,
  }));
}

const SECRET_NAME = /^(?:projects\/[^/]+\/secrets\/)?[A-Za-z0-9_-]{1,255}$/;

/** @throws BadInput for what cannot name a secret */
export function secretNamed(at: Cursor): string {
  const name = at.ownText();
  if (SECRET_NAME.test(name)) return name;
  return at.fail(`${at.field}: '${name}' names no secret.`);
}
