/** Services, jobs and worker pools in v1's form, as `gcloud run … replace` takes them. */
import type { RunKind } from '../../names/index.js';
import { INVOKER_IAM_DISABLED, SECRET_ALIASES } from './annotations-v1.js';
import type { Cursor } from './cursor.js';
import type { Shape } from './shape.js';
import { V1_JOB, V1_SERVICE, V1_WORKER_POOL } from './shapes-v1.js';
import { type InstanceSpelling, type ReadResource, readInstance, secretNamed } from './written.js';

interface V1Kind {
  readonly kind: RunKind;
  readonly apiVersion: string;
  readonly shape: Shape;
}

/** By `kind`. */
const KINDS: Readonly<Record<string, V1Kind>> = {
  Service: { kind: 'service', apiVersion: 'serving.knative.dev/v1', shape: V1_SERVICE },
  Job: { kind: 'job', apiVersion: 'run.googleapis.com/v1', shape: V1_JOB },
  WorkerPool: { kind: 'workerPool', apiVersion: 'run.googleapis.com/v1', shape: V1_WORKER_POOL },
};

/** True when the document is written for Cloud Run's or Knative's API, of whatever version. */
export function isForCloudRun(at: Cursor): boolean {
  const version = at.child('apiVersion')?.value;
  return typeof version === 'string' && /^(?:serving\.knative\.dev|run\.googleapis\.com)\//.test(version);
}

/** @throws BadInput for another kind or version of resource */
export function v1Kind(at: Cursor): V1Kind {
  const version = at.required('apiVersion');
  const word = at.required('kind').ownText();
  const found = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (found && version.ownText() === found.apiVersion) return found;
  return version.fail(
    `${word} of ${version.ownText()} is none of what is judged: Service of serving.knative.dev/v1, Job and WorkerPool of run.googleapis.com/v1.`,
  );
}

/** "cloud.googleapis.com/location" says where a resource lies, in files that name no region otherwise. */
const LOCATION = 'cloud.googleapis.com/location';

/** @throws BadInput for what is missing or of another kind */
export function readV1(at: Cursor, { kind }: V1Kind): ReadResource {
  const metadata = at.required('metadata');
  const name = metadata.required('name');
  const template = at.required('spec').required('template');
  const instance =
    kind === 'job'
      ? template.required('spec').required('template').required('spec')
      : template.required('spec');
  const aliases = secretAliases(template.child('metadata')?.child('annotations'));
  const disabled = metadata.child('annotations')?.text(INVOKER_IAM_DISABLED);
  return {
    kind,
    apiVersion: kind === 'workerPool' ? 'v2' : 'v1',
    name: { value: name.ownText(), place: name.place },
    project: namespaceOf(metadata),
    region: metadata.child('labels')?.text(LOCATION),
    invokerIamDisabled: disabled?.toLowerCase() === 'true',
    ...readInstance(instance, spellingOf(kind, aliases)),
  };
}

/** A project's number may go without quotes: gcloud puts it in them. */
function namespaceOf(metadata: Cursor): string | undefined {
  const namespace = metadata.child('namespace');
  if (namespace && typeof namespace.value === 'number') return String(namespace.value);
  return namespace?.ownText() || undefined;
}

const spellingOf = (kind: RunKind, aliases: ReadonlyMap<string, string>): InstanceSpelling => ({
  kind,
  account: 'serviceAccountName',
  source: 'valueFrom',
  secret: 'name',
  version: 'key',
  volumeSecret: 'secretName',
  itemVersion: 'key',
  resolve: (name) => aliases.get(name.ownText()) ?? secretNamed(name),
});

/** `ALIAS:projects/P/secrets/S,…` (https://cloud.google.com/run/docs/configuring/services/secrets#other-projects). */
function secretAliases(annotations: Cursor | undefined): ReadonlyMap<string, string> {
  const at = annotations?.child(SECRET_ALIASES);
  const aliases = new Map<string, string>();
  for (const pair of at?.ownText().split(',') ?? []) {
    if (pair.trim() === '') continue;
    const [, alias, name] =
      /^([^:]+):(projects\/[^/:]+\/secrets\/[A-Za-z0-9_-]{1,255})$/.exec(pair.trim()) ?? [];
    if (alias === undefined || name === undefined)
      return (
        at?.fail(`'${pair.trim()}' is not of the form ALIAS:projects/PROJECT/secrets/SECRET.`) ?? aliases
      );
    aliases.set(alias, name);
  }
  return aliases;
}
