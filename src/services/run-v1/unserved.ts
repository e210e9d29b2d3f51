/** The kinds of v1 that are not served: every call of theirs says so by name. */
import type { ApiMethod } from '../../google/index.js';
import { unservedMethods } from '../../google/index.js';

const RUN = '/apis/run.googleapis.com/v1/namespaces/{project}';
const SERVING = '/apis/serving.knative.dev/v1/namespaces/{project}';
const DOMAINS = '/apis/domains.cloudrun.com/v1/namespaces/{project}';

interface Kind {
  /** e.g. `Jobs`, whose methods are `google.cloud.run.v1.Jobs.ListJobs` and so on. */
  readonly kind: string;
  readonly one: string;
  readonly collection: string;
  /** Methods beside the usual ones, as they end a path. */
  readonly verbs?: readonly string[];
}

const KINDS: readonly Kind[] = [
  { kind: 'Jobs', one: 'Job', collection: `${RUN}/jobs`, verbs: ['run'] },
  { kind: 'Executions', one: 'Execution', collection: `${RUN}/executions`, verbs: ['cancel'] },
  { kind: 'Tasks', one: 'Task', collection: `${RUN}/tasks` },
  { kind: 'WorkerPools', one: 'WorkerPool', collection: `${RUN}/workerpools` },
  { kind: 'Configurations', one: 'Configuration', collection: `${SERVING}/configurations` },
  { kind: 'Routes', one: 'Route', collection: `${SERVING}/routes` },
  { kind: 'DomainMappings', one: 'DomainMapping', collection: `${DOMAINS}/domainmappings` },
];

export function unservedKinds(): ApiMethod[] {
  return KINDS.flatMap(({ kind, one, collection, verbs = [] }) => {
    const name = (method: string) => `google.cloud.run.v1.${kind}.${method}`;
    const more = verbs.map((verb): [string, string[]] => [
      name(`${verb.charAt(0).toUpperCase()}${verb.slice(1)}${one}`),
      [`POST ${collection}/{name}:${verb}`],
    ]);
    return unservedMethods({
      [name(`List${kind}`)]: [`GET ${collection}`],
      [name(`Create${one}`)]: [`POST ${collection}`],
      [name(`Get${one}`)]: [`GET ${collection}/{name}`],
      [name(`Replace${one}`)]: [`PUT ${collection}/{name}`],
      [name(`Delete${one}`)]: [`DELETE ${collection}/{name}`],
      ...Object.fromEntries(more),
    });
  });
}
