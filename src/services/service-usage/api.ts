import { Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import {
  type Api,
  type ApiMethod,
  type HttpBinding,
  invalidArgument,
  protoMethods,
} from '../../google/index.js';
import { projectName } from '../../names/index.js';
import { page } from '../paging.js';
import { accessRules } from './access.js';
import { registry } from './answers.js';
import { deleteOperation, listOperations, readOperation } from './operations.js';
import type { ServiceUsageDeps } from './requests.js';
import { servingWhere } from './serving.js';
import { v1Methods } from './v1.js';
import { v1beta1Methods } from './v1beta1.js';

/** Service Usage, v1 and v1beta1. */
export function serviceUsageApi(deps: ServiceUsageDeps): Api {
  const api: Api = {
    host: 'serviceusage.googleapis.com',
    regional: false,
    methods: [...v1Methods(deps), ...v1beta1Methods(deps), ...operationMethods(deps)],
    access: accessRules(deps.access, deps.store),
  };
  return servingWhere('usable', api, deps.access);
}

const PAGES = { default: 50, max: 500 };

function operationMethods({ store, access }: ServiceUsageDeps): ApiMethod[] {
  const beta = (verb: HttpBinding['verb'], template: string): HttpBinding => ({ verb, template });
  return protoMethods(
    Operations,
    {
      getOperation: ({ name }) => readOperation(store, name),
      async listOperations(request, { principal, time }) {
        if (request.filter !== '') throw invalidArgument(`Invalid filter: "${request.filter}".`);
        const visible = [];
        for (const { project, operation } of await listOperations(store)) {
          const resource = projectName(project);
          if (await access.isGranted(principal, 'serviceusage.operations.get', resource, time))
            visible.push(operation);
        }
        const { items, nextPageToken } = page(visible, ({ name }) => name, request, PAGES);
        return { operations: [...items], nextPageToken };
      },
      async deleteOperation({ name }) {
        await deleteOperation(store, name);
        return {};
      },
      /** Every operation is done: "there is no guarantee" that cancelling still changes anything. */
      async cancelOperation({ name }) {
        await readOperation(store, name);
        return {};
      },
    },
    {
      registry,
      moreBindings: {
        getOperation: [beta('GET', '/v1beta1/{name=operations/**}')],
        listOperations: [beta('GET', '/v1beta1/{name=operations}')],
      },
    },
  );
}
