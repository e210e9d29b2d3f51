/** Services, by v1's paths: Knative's and those of `projects/…`. */
import type { ServiceRecord, ServiceSpec } from '../../deployments/index.js';
import { type MethodTable, mergeTables, type RunDependencies } from '../run/context.js';
import { storedServices } from '../run/stored.js';
import { parseService, SERVICE } from './parse-service.js';
import { policyMethods } from './policy.js';
import { prefixOf, type ResourceKind } from './resource-kind.js';
import { readMethods } from './resource-reads.js';
import { writeMethods } from './resource-writes.js';
import { serviceView } from './view.js';

export function serviceMethods(deps: RunDependencies): MethodTable {
  const kind: ResourceKind<ServiceSpec, ServiceRecord> = {
    kind: 'service',
    noun: 'service',
    object: SERVICE,
    paths: [
      '/apis/serving.knative.dev/v1/namespaces/{project}/services',
      '/v1/projects/{project}/locations/{location}/services',
    ],
    resources: storedServices(deps.deployments),
    parse: parseService,
    view: serviceView,
  };
  return mergeTables([
    writeMethods(deps, kind),
    readMethods(deps, kind),
    policyMethods(deps, 'service', prefixOf(kind), kind.resources.get),
  ]);
}
