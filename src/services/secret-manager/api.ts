import { Locations } from '../../google/gen/google/cloud/location/locations_pb.js';
import { SecretManagerService } from '../../google/gen/google/cloud/secretmanager/v1/service_pb.js';
import { type Api, type ApiMethod, type HttpBinding, protoMethods } from '../../google/index.js';
import { SECRET_MANAGER } from '../../secrets/index.js';
import { accessRules, auditRules, secretPolicies } from './access.js';
import type { SecretManagerDeps } from './context.js';
import { locationHandlers } from './locations.js';
import { secretHandlers } from './secrets.js';
import { versionHandlers } from './versions.js';

const get = (template: string): HttpBinding => ({ verb: 'GET', template });

/** The same methods under v1beta2, where gcloud's beta commands go. */
function alsoInBeta(method: ApiMethod): ApiMethod {
  const beta = method.bindings.map((binding) => ({
    ...binding,
    template: binding.template.replace(/^\/v1\//, '/v1beta2/'),
  }));
  return { ...method, bindings: [...method.bindings, ...beta] };
}

/** secretmanager.googleapis.com: v1, and v1beta2 over REST. Regional secrets and managed rotation are not served. */
export function secretManagerApi(deps: SecretManagerDeps): Api {
  const policies = secretPolicies(deps);
  return {
    host: SECRET_MANAGER,
    regional: false,
    methods: [
      ...protoMethods(
        SecretManagerService,
        { ...secretHandlers(deps), ...versionHandlers(deps), ...policies.handlers },
        { audit: { ...auditRules(deps.access), ...policies.audit } },
      ),
      ...protoMethods(Locations, locationHandlers(deps), {
        bindings: {
          listLocations: [get('/v1/{name=projects/*}/locations')],
          getLocation: [get('/v1/{name=projects/*/locations/*}')],
        },
      }),
    ].map(alsoInBeta),
    access: accessRules(policies),
  };
}
