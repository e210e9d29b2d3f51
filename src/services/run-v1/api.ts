/** The API: its methods by a hand-written table, since Cloud Run v1 has no published proto. */
import { iamMethods } from '../../access/index.js';
import type { Api } from '../../google/index.js';
import { locationMethods, operationMethods } from './operations.js';
import { servicePolicy } from './policy.js';
import { revisionMethods } from './revisions.js';
import { serviceWriteMethods } from './service-writes.js';
import { serviceReadMethods } from './services.js';
import type { RunV1Dependencies } from './types.js';

export function runV1Api(deps: RunV1Dependencies): Api {
  const tables = [
    serviceWriteMethods(deps),
    serviceReadMethods(deps),
    operationMethods(deps),
    locationMethods(deps),
    revisionMethods(deps),
    iamMethods(deps.access, ...servicePolicy(deps)),
  ];
  return {
    host: 'run.googleapis.com',
    regional: true,
    methods: tables.flatMap((table) => table.methods),
    access: Object.assign({}, ...tables.map((table) => table.access)),
  };
}
