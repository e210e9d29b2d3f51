/** What differs between the kinds of v1's resources, so that their methods need to be written once. */
import type { Described, Stored, WrittenRecord } from '../../deployments/index.js';
import type { HttpBinding, JsonObject, JsonValue } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import type { StoredResources } from '../run/stored.js';
import type { Parsed } from './object.js';

export interface ResourceKind<Spec extends Described, R extends WrittenRecord<Spec>> {
  readonly kind: RunKind;
  /** As refusals call it, e.g. `service`. */
  readonly noun: string;
  /** As its objects say, and as methods and types are named after it. */
  readonly object: { readonly apiVersion: string; readonly kind: string };
  /** The paths of the collection. */
  readonly paths: readonly string[];
  readonly resources: StoredResources<Spec, R>;
  /** @throws INVALID_ARGUMENT naming the field */
  readonly parse: (body: JsonValue | undefined, projectNumber: string) => Parsed<Spec>;
  readonly view: (row: Stored<R>) => JsonObject;
}

/** The service of the API under whose name a kind's methods are known, e.g. `google.cloud.run.v1.Services`. */
export const prefixOf = ({ object }: { readonly object: { readonly kind: string } }): string =>
  `google.cloud.run.v1.${object.kind}s`;

/** The same call by each of the collection's paths. */
export function routes(
  { paths }: { readonly paths: readonly string[] },
  verb: HttpBinding['verb'],
  suffix = '',
): readonly HttpBinding[] {
  return paths.map((path) => ({
    verb,
    template: `${path}${suffix}`,
    ...(verb === 'POST' || verb === 'PUT' ? { body: '*' } : {}),
  }));
}
