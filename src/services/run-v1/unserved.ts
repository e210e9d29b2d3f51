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
}

const KINDS: readonly Kind[] = [
  { kind: 'WorkerPools', one: 'WorkerPool', collection: `${RUN}/workerpools` },
  { kind: 'Configurations', one: 'Configuration', collection: `${SERVING}/configurations` },
  { kind: 'Routes', one: 'Route', collection: `${SERVING}/routes` },
  { kind: 'DomainMappings', one: 'DomainMapping', collection: `${DOMAINS}/domainmappings` },
];

export function unservedKinds(): ApiMethod[] {
  return KINDS.flatMap(({ kind, one, collection }) => {
    const name = (method: string) => `google.cloud.run.v1.${kind}.${method}`;
    return unservedMethods({
      [name(`List${kind}`)]: [`GET ${collection}`],
      [name(`Create${one}`)]: [`POST ${collection}`],
      [name(`Get${one}`)]: [`GET ${collection}/{name}`],
      [name(`Replace${one}`)]: [`PUT ${collection}/{name}`],
      [name(`Delete${one}`)]: [`DELETE ${collection}/{name}`],
    });
  });
}
