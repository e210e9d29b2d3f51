/** The kinds of v1 that are not served: every call of theirs says so by name. */
import type { ApiMethod } from '../../google/index.js';
import { unservedMethods } from '../../google/index.js';

const RUN = '/apis/run.googleapis.com/v1/namespaces/{project}';
const SERVING = '/apis/serving.knative.dev/v1/namespaces/{project}';
const DOMAINS = '/apis/domains.cloudrun.com/v1/namespaces/{project}';

interface Kind {
  /** e.g. `Routes`, whose methods are `google.cloud.run.v1.Routes.ListRoutes` and so on. */
  readonly kind: string;
  readonly one: string;
  readonly collection: string;
  /** Only what changes it is not served. */
  readonly read?: true;
}

const KINDS: readonly Kind[] = [
  { kind: 'WorkerPools', one: 'WorkerPool', collection: `${RUN}/workerpools`, read: true },
  { kind: 'Configurations', one: 'Configuration', collection: `${SERVING}/configurations` },
  { kind: 'Routes', one: 'Route', collection: `${SERVING}/routes` },
  { kind: 'DomainMappings', one: 'DomainMapping', collection: `${DOMAINS}/domainmappings` },
];

export function unservedKinds(): ApiMethod[] {
  return KINDS.flatMap(({ kind, one, collection, read }) => {
    const name = (method: string) => `google.cloud.run.v1.${kind}.${method}`;
    const reads = {
      [name(`List${kind}`)]: [`GET ${collection}`],
      [name(`Get${one}`)]: [`GET ${collection}/{name}`],
    };
    return unservedMethods({
      ...(read ? {} : reads),
      [name(`Create${one}`)]: [`POST ${collection}`],
      [name(`Replace${one}`)]: [`PUT ${collection}/{name}`],
      [name(`Delete${one}`)]: [`DELETE ${collection}/{name}`],
    });
  });
}
