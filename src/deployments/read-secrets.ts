/** Secrets of a template, read as the runtime account: checked when something is deployed, and at each instance's start. */
import { refusals } from '../checkpoint/index.js';
import { principalOfEmail, type RunKind } from '../names/index.js';
import type { SecretAccess, SecretReader } from '../secrets/index.js';
import type { DeployFailure } from './import-images.js';
import type { InstanceTemplate, SecretReference } from './model.js';
import { secretParts, secretUses } from './secrets.js';

export interface SecretDependencies {
  readonly secrets: SecretReader;
  readonly clock: () => Date;
}

/** Whose secrets they are, where they are named without a project. */
export interface SecretOwner {
  readonly project: string;
  readonly projectNumber: string;
}

/** What was read. */
export interface SecretPayloads {
  /** @throws Error for a version that the template does not name */
  get(reference: SecretReference): Uint8Array;
}

export type SecretsRead =
  | { readonly ok: true; readonly payloads: SecretPayloads }
  | { readonly ok: false; readonly failure: DeployFailure };

const idOf = ({ name, version }: SecretReference) => `${name}/versions/${version}`;

/** Reads every version that the template names, once each. What cannot be read is a sentence of the failure each. */
export async function readSecrets(
  kind: RunKind,
  owner: SecretOwner,
  template: InstanceTemplate,
  { secrets, clock }: SecretDependencies,
): Promise<SecretsRead> {
  const account = template.serviceAccount;
  const uses = secretUses(kind, template);
  const found = new Map<string, SecretAccess>();
  for (const use of uses) {
    if (found.has(idOf(use))) continue;
    const { project = owner.project, secret } = secretParts(use.name);
    const name = { project, secret, version: use.version };
    found.set(idOf(use), await secrets.access(principalOfEmail(account), name, clock()));
  }
  const refused = uses.flatMap((use) => {
    const access = found.get(idOf(use));
    if (access === undefined || access.ok) return [];
    const { project = owner.projectNumber, secret } = secretParts(use.name);
    const reference = { field: use.field, projectNumber: project, secret, version: use.version };
    return [
      access.cause === 'forbidden'
        ? refusals.secretDenied({ ...reference, account })
        : refusals.secretNotFound(reference),
    ];
  });
  if (refused.length > 0)
    return {
      ok: false,
      failure: { reason: 'SecretsAccessCheckFailed', code: 9, message: refused.join(' ') },
    };
  return {
    ok: true,
    payloads: {
      get(reference) {
        const access = found.get(idOf(reference));
        if (!access?.ok) throw new Error(`${idOf(reference)} is not among the template's secrets`);
        return access.payload;
      },
    },
  };
}

/** Whether the template's secrets can be read: asked once its images are imported. */
export async function checkSecrets(
  kind: RunKind,
  owner: SecretOwner,
  template: InstanceTemplate,
  deps: SecretDependencies,
): Promise<DeployFailure | undefined> {
  const read = await readSecrets(kind, owner, template, deps);
  return read.ok ? undefined : read.failure;
}
