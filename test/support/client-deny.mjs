// @google-cloud/iam: a deny policy's life, over gRPC through the proxy, or over REST to the plane's own address.
import { v2 } from '@google-cloud/iam';
import { OAuth2Client } from 'google-auth-library';
import { report, step } from './client-steps.mjs';

const [project, port, token] = process.argv.slice(2);
const library = '@google-cloud/iam';
const way = port === undefined ? 'gRPC' : 'REST';
const parent = `policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${project}/denypolicies`;
const policyId = `by-${way.toLowerCase()}`;
const name = `${parent}/${policyId}`;

function options() {
  if (port === undefined) return {};
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token });
  return { apiEndpoint: '127.0.0.1', port: Number(port), protocol: 'http', fallback: true, authClient };
}
const policies = new v2.PoliciesClient(options());
const call = (what, make) => step(library, `${what} (${way})`, make);
/** The policy that a long-running operation leaves. */
const ended = async (started) => (await (await started)[0].promise())[0];

const rule = {
  description: 'Nobody makes keys',
  denyRule: {
    deniedPrincipals: ['principalSet://goog/public:all'],
    deniedPermissions: ['iam.googleapis.com/serviceAccountKeys.create'],
    denialCondition: { title: 'not in tests', expression: "!resource.matchTag('123456789012/env', 'test')" },
  },
};

await call('createPolicy', async () => {
  const created = await ended(policies.createPolicy({ parent, policyId, policy: { rules: [rule] } }));
  return { kind: created.kind, name: created.name, rules: created.rules.length };
});
await call('getPolicy', async () => {
  const [{ rules }] = await policies.getPolicy({ name });
  return rules[0].denyRule.denialCondition.expression;
});
await call('listPolicies', async () =>
  (await policies.listPolicies({ parent }))[0].map((policy) => policy.name.split('/').at(-1)),
);
await call('updatePolicy', async () => {
  const [{ etag }] = await policies.getPolicy({ name });
  const updated = await ended(
    policies.updatePolicy({ policy: { name, etag, displayName: 'No keys', rules: [rule] } }),
  );
  return updated.displayName;
});
await call('updatePolicy with an old etag', async () =>
  policies.updatePolicy({ policy: { name, etag: 'MTIz', rules: [rule] } }),
);
await call('checkUpdatePolicyProgress', async () => {
  const [operation] = await policies.updatePolicy({ policy: { name, rules: [rule] } });
  return (await policies.checkUpdatePolicyProgress(operation.name)).done;
});
await call('deletePolicy', async () => (await ended(policies.deletePolicy({ name }))).deleteTime !== null);
await call('getPolicy of one that is gone', async () => policies.getPolicy({ name }));

report();
