import { create, type DescMessage, toJson } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { folderName, organizationName, projectName, type ResourceName } from '../../names/index.js';
import { NOW } from '../test-support.js';
import { ALICE, openScene, PROJECT, REVIEWER, type Scene, SERVICE, STRANGER } from './testing-world.js';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
  await scene.bind(SERVICE, { role: 'roles/run.viewer', members: [`user:${ALICE}`] });
});
afterEach(() => scene.rooms.store.close());

const POLICY = 'organizations/123/locations/global/principalAccessBoundaryPolicies/here-only';
const BINDING = 'organizations/123/locations/global/policyBindings/everybody';

/** Binds everybody of the organization to a policy that names the resource. */
async function confine(resource: ResourceName, options: { version?: string; expression?: string } = {}) {
  const { boundaries } = scene.rooms.access;
  const { version = '3', expression } = options;
  const details = { rules: [{ resources: [resource] }], enforcementVersion: version };
  await boundaries.createPolicy(POLICY, { displayName: 'Here', annotations: {}, details }, NOW, () => []);
  const binding = {
    displayName: '',
    annotations: {},
    principalSet: organizationName('123'),
    policy: POLICY,
    ...(expression === undefined ? {} : { condition: { title: '', expression } }),
  };
  await boundaries.createBinding(BINDING, binding, NOW, () => []);
}

const HIGH = 'HEURISTIC_RELEVANCE_HIGH';
const NORMAL = 'HEURISTIC_RELEVANCE_NORMAL';
/** What keeps alice from a service, or does not. */
const list = { fullResourceName: SERVICE, permission: 'run.services.get' };

describe('principal access boundaries', () => {
  it('keep from what they do not name, in the versions that look at them', async () => {
    await confine(folderName('7'));
    expect(await scene.ask('v3', list)).toMatchObject({ overallAccessState: 'CAN_ACCESS' });
    for (const version of ['v3beta', 'v3alpha']) {
      const { overallAccessState, allowPolicyExplanation, pabPolicyExplanation } = await scene.ask(
        version,
        list,
      );
      expect(overallAccessState).toBe('CANNOT_ACCESS');
      expect(allowPolicyExplanation).toMatchObject({ relevance: NORMAL });
      expect(pabPolicyExplanation).toEqual({
        principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_NOT_ALLOWED',
        explainedBindingsAndPolicies: [
          {
            bindingAndPolicyAccessState: 'PAB_ACCESS_STATE_NOT_ALLOWED',
            explainedPolicyBinding: {
              policyBinding: expect.objectContaining({
                name: BINDING,
                policy: POLICY,
                target: { principalSet: organizationName('123') },
                policyKind: 'PRINCIPAL_ACCESS_BOUNDARY',
              }),
              policyBindingState: 'POLICY_BINDING_STATE_ENFORCED',
              relevance: HIGH,
            },
            explainedPolicy: {
              policyAccessState: 'PAB_ACCESS_STATE_NOT_ALLOWED',
              policy: expect.objectContaining({
                name: POLICY,
                details: {
                  enforcementVersion: '3',
                  rules: [{ resources: [folderName('7')], effect: 'ALLOW' }],
                },
              }),
              policyVersion: { version: 3, enforcementState: 'PAB_POLICY_ENFORCEMENT_STATE_ENFORCED' },
              explainedRules: [
                {
                  ruleAccessState: 'PAB_ACCESS_STATE_NOT_ALLOWED',
                  effect: 'ALLOW',
                  combinedResourceInclusionState: 'RESOURCE_INCLUSION_STATE_NOT_INCLUDED',
                  explainedResources: [
                    {
                      resource: folderName('7'),
                      resourceInclusionState: 'RESOURCE_INCLUSION_STATE_NOT_INCLUDED',
                      relevance: HIGH,
                    },
                  ],
                  relevance: HIGH,
                },
              ],
              relevance: HIGH,
            },
            relevance: HIGH,
          },
        ],
        relevance: HIGH,
      });
    }
  });

  it('let through to what they name', async () => {
    await confine(PROJECT);
    expect(await scene.ask('v3beta', list)).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      pabPolicyExplanation: {
        principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_ALLOWED',
        explainedBindingsAndPolicies: [
          {
            explainedPolicy: {
              explainedRules: [{ combinedResourceInclusionState: 'RESOURCE_INCLUSION_STATE_INCLUDED' }],
            },
          },
        ],
        relevance: HIGH,
      },
    });
  });

  it('are not enforced on whom their condition leaves out', async () => {
    const expression = "principal.type == 'iam.googleapis.com/ServiceAccount' && principal.subject != 'x'";
    await confine(folderName('7'), { expression });
    expect(await scene.ask('v3beta', list)).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      pabPolicyExplanation: {
        principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_NOT_ENFORCED',
        explainedBindingsAndPolicies: [
          {
            bindingAndPolicyAccessState: 'PAB_ACCESS_STATE_NOT_ENFORCED',
            explainedPolicyBinding: {
              policyBindingState: 'POLICY_BINDING_STATE_NOT_ENFORCED',
              conditionExplanation: {
                value: false,
                evaluationStates: [
                  { end: 53, value: false },
                  { start: 57, end: expression.length, value: true },
                ],
              },
              relevance: NORMAL,
            },
          },
        ],
        relevance: NORMAL,
      },
    });
  });

  it('are not enforced for permissions that their version cannot block', async () => {
    await confine(folderName('7'), { version: '1' });
    const tuple = {
      principal: 'owner@example.com',
      fullResourceName: PROJECT,
      permission: 'logging.logs.list',
    };
    expect(await scene.ask('v3beta', tuple)).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      pabPolicyExplanation: {
        principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_NOT_ENFORCED',
        explainedBindingsAndPolicies: [
          {
            explainedPolicyBinding: { policyBindingState: 'POLICY_BINDING_STATE_ENFORCED' },
            explainedPolicy: {
              policyVersion: { version: 1, enforcementState: 'PAB_POLICY_ENFORCEMENT_STATE_NOT_ENFORCED' },
            },
          },
        ],
      },
    });
  });

  it('concern nobody outside the organization, which nobody needs a role to know', async () => {
    await confine(folderName('7'));
    await scene.bind(
      PROJECT,
      { role: 'roles/viewer', members: [STRANGER] },
      { role: 'roles/run.viewer', members: ['user:else@elsewhere.com'] },
    );
    const tuple = { ...list, principal: 'else@elsewhere.com' };
    expect((await scene.ask('v3beta', tuple, STRANGER)).pabPolicyExplanation).toEqual({
      principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_NOT_ENFORCED',
      explainedBindingsAndPolicies: [],
      relevance: NORMAL,
    });
    expect((await scene.ask('v3beta', list, STRANGER)).pabPolicyExplanation).toMatchObject({
      principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_UNKNOWN_INFO',
    });
  });
});

describe('the answer of every published version', () => {
  it.each(['v1', 'iam.v3', 'iam.v3beta'])('is a message of %s', async (version) => {
    await confine(projectName('elsewhere'));
    const rule = {
      deniedPrincipals: ['principalSet://goog/public:all'],
      exceptionPrincipals: [],
      deniedPermissions: ['run.googleapis.com/services.get'],
      exceptionPermissions: [],
      denialCondition: { title: 'tagged', expression: "resource.matchTag('123/env', 'prod')" },
    };
    await scene.deny(PROJECT, rule);
    await scene.bind(PROJECT, {
      role: 'roles/run.viewer',
      members: [`user:${ALICE}`, 'allAuthenticatedUsers'].slice(0, 1),
      condition: { title: 'early', expression: 'request.time < timestamp("2030-01-01T00:00:00Z") && true' },
    });
    const name = `google.cloud.policytroubleshooter.${version}.`;
    const method = scene.api.methods.find((each) => each.name.startsWith(name));
    const json = await scene.ask(version.replace('iam.', ''), list, REVIEWER);
    const message = method?.messages?.write(json as never);
    const output = method?.descriptor?.output as DescMessage;
    const { pabPolicyExplanation: _, ...published } = json;
    expect(toJson(output, create(output, message)) as JsonObject).toEqual(withoutEmpty(published));
  });
});

/** JSON as protos write it: without what is empty. */
function withoutEmpty<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutEmpty) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, each]) => {
    return typeof each !== 'object' || each === null || Object.keys(each).length > 0;
  });
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutEmpty(each)])) as T;
}
