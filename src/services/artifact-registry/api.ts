import { Locations } from '../../google/gen/google/cloud/location/locations_pb.js';
import { ArtifactRegistry } from '../../google/gen/google/devtools/artifactregistry/v1/service_pb.js';
import { Operations } from '../../google/gen/google/longrunning/operations_pb.js';
import { type Api, type ApiMethod, type HttpBinding, protoMethods } from '../../google/index.js';
import { accessRules, auditRules, repositoryPolicies, SERVICE } from './access.js';
import { inAnyCase } from './any-case.js';
import { API, type ArtifactRegistryDeps } from './context.js';
import { dockerImageHandlers } from './docker-images.js';
import { fileHandlers } from './files.js';
import { locationHandlers } from './locations.js';
import { getOperation, operationTypes } from './operations.js';
import { packageHandlers } from './packages.js';
import { repositoryHandlers } from './repositories.js';
import { settingsHandlers } from './settings.js';
import { tagHandlers } from './tags.js';
import { versionHandlers } from './versions.js';

const TAKES_REPOSITORY: readonly string[] = [`${SERVICE}.CreateRepository`, `${SERVICE}.UpdateRepository`];

const get = (template: string): HttpBinding => ({ verb: 'GET', template });

/** What v1beta2 has of v1's methods: no Docker images, for one. gcloud's beta commands go there. */
function isInBeta({ name, implemented }: ApiMethod): boolean {
  return implemented !== false && !/DockerImage|BatchDelete|ProjectSettings/.test(name);
}

function alsoInBeta(method: ApiMethod): ApiMethod {
  const beta = method.bindings.map((binding) => ({
    ...binding,
    template: binding.template.replace(/^\/v1\//, '/v1beta2/'),
  }));
  return { ...method, bindings: [...method.bindings, ...beta] };
}

/** artifactregistry.googleapis.com: v1, and v1beta2 as far as it has the same methods. */
export function artifactRegistryApi(deps: ArtifactRegistryDeps): Api {
  const policies = repositoryPolicies(deps);
  const audit = { ...auditRules(deps.access), ...policies.audit };
  return {
    host: API,
    regional: false,
    methods: [
      ...protoMethods(
        ArtifactRegistry,
        {
          ...repositoryHandlers(deps),
          ...dockerImageHandlers(deps),
          ...packageHandlers(deps),
          ...versionHandlers(deps),
          ...tagHandlers(deps),
          ...fileHandlers(deps),
          ...settingsHandlers(deps),
          ...policies.handlers,
        },
        { registry: operationTypes, audit },
      )
        .map((method) => (TAKES_REPOSITORY.includes(method.name) ? inAnyCase(method) : method))
        .map((method) => (isInBeta(method) ? alsoInBeta(method) : method)),
      ...protoMethods(Locations, locationHandlers(deps), {
        bindings: {
          listLocations: ['v1', 'v1beta2'].map((version) => get(`/${version}/{name=projects/*}/locations`)),
          getLocation: ['v1', 'v1beta2'].map((version) => get(`/${version}/{name=projects/*/locations/*}`)),
        },
      }),
      ...protoMethods(
        Operations,
        { getOperation: ({ name }, call) => getOperation(deps, name, call) },
        {
          registry: operationTypes,
          bindings: {
            getOperation: ['v1', 'v1beta2'].map((version) =>
              get(`/${version}/{name=projects/*/locations/*/operations/*}`),
            ),
            listOperations: [],
            deleteOperation: [],
            cancelOperation: [],
            waitOperation: [],
          },
        },
      ),
    ],
    access: accessRules(policies),
  };
}
