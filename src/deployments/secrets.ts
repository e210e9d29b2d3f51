/** The secrets that a template names, with the fields that name them as Cloud Run's messages spell those. */
import { secretVariableField, secretVolumeField } from '../checkpoint/index.js';
import type { RunKind } from '../names/index.js';
import type { InstanceTemplate, SecretReference } from './model.js';

/** A secret by id in the resource's own project, or in full, `projects/P/secrets/S`. */
export function secretParts(name: string): { readonly project?: string; readonly secret: string } {
  const [, project, secret] = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(name) ?? [];
  return project === undefined || secret === undefined ? { secret: name } : { project, secret };
}

/** One use of one version of a secret. */
export interface SecretUseIn extends SecretReference {
  /** v1's spelling, which v2 callers read as well. */
  readonly field: string;
}

/** Every secret that instances of the template read, in the order of its fields. */
export function secretUses(
  kind: RunKind,
  { containers, volumes }: Pick<InstanceTemplate, 'containers' | 'volumes'>,
): readonly SecretUseIn[] {
  return [
    ...containers.flatMap(({ env }, container) =>
      env.flatMap((entry, index) =>
        'secret' in entry
          ? [
              {
                ...entry.secret,
                field: secretVariableField(kind, container, index),
              },
            ]
          : [],
      ),
    ),
    ...volumes.flatMap((volume, index) => {
      if (volume.kind !== 'secret') return [];
      const versions = volume.items.length === 0 ? ['latest'] : volume.items.map(({ version }) => version);
      const field = secretVolumeField(kind, index);
      return [...new Set(versions)].map((version) => ({ name: volume.secret, version, field }));
    }),
  ];
}
