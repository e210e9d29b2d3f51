/** Policy Troubleshooter by gcloud, whose commands ask three versions of it, and by gRPC. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TroubleshootIamPolicyResponse_OverallAccessState as Overall,
  PolicyTroubleshooter,
} from '../src/google/gen/google/cloud/policytroubleshooter/iam/v3/troubleshooter_pb.js';
import { IamChecker } from '../src/google/gen/google/cloud/policytroubleshooter/v1/checker_pb.js';
import { AccessState } from '../src/google/gen/google/cloud/policytroubleshooter/v1/explanations_pb.js';
import { must, TestPlane } from './support/plane.js';
import { at, Rest } from './support/rest.js';
import { A, ALICE, OWNER, REGION } from './support/world.js';

const ORGANIZATION = '123456789012';
/** May read what decides. */
const REVIEWER = 'reviewer@elsewhere.com';
/** May not. */
const STRANGER = 'stranger@elsewhere.com';
const NIGHT_SHIFT = 'night@example.com';
const PROJECT = `//cloudresourcemanager.googleapis.com/projects/${A}`;
/** It is not there yet: what is above it decides. */
const SERVICE = `//run.googleapis.com/projects/${A}/locations/${REGION}/services/new`;

const condition = { title: 'at night', expression: 'request.time.getHours("Asia/Tokyo") >= 22' };
const estate = {
  organization: {
    id: ORGANIZATION,
    iam: ['roles/iam.securityReviewer', 'roles/iam.denyReviewer', 'roles/iam.denyAdmin'].map((role) => ({
      role,
      members: [`user:${REVIEWER}`],
    })),
  },
  projects: [
    {
      id: A,
      parent: `organizations/${ORGANIZATION}`,
      services: ['run.googleapis.com'],
      iam: [
        { role: 'roles/run.developer', members: [`user:${ALICE}`] },
        { role: 'roles/run.admin', members: [`user:${NIGHT_SHIFT}`], condition },
      ],
    },
  ],
};

let dir: string;
let plane: TestPlane;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sekisho-troubleshooter-'));
  const file = path.join(dir, 'estate.json');
  await writeFile(file, JSON.stringify(estate));
  plane = await TestPlane.start({ args: ['--runtime', 'none', '--estate', file] });
  const url = `iam.googleapis.com/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2F${A}/denypolicies?policyId=no-deletes`;
  const denyRule = {
    deniedPrincipals: ['principalSet://goog/public:all'],
    deniedPermissions: ['run.googleapis.com/services.delete'],
  };
  const { status, text } = await new Rest(plane).call(REVIEWER, 'POST', url, { rules: [{ denyRule }] });
  if (status !== 200) throw new Error(text);
});
afterAll(async () => {
  await plane?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const FLAGS = '--format=json';
async function asked(command: string, question: string, caller = REVIEWER): Promise<unknown> {
  const { stdout } = await must(plane.gcloud(caller, `${command} iam ${question} ${FLAGS} --project=${A}`));
  return JSON.parse(stdout);
}
const about = (principal: string, permission: string, resource = SERVICE) =>
  `${resource} --principal-email=${principal} --permission=${permission}`;
const GA = 'policy-intelligence troubleshoot-policy';

describe('gcloud policy-intelligence troubleshoot-policy iam', () => {
  it('shows the binding that grants', async () => {
    const answer = await asked(GA, about(ALICE, 'run.services.create'));
    expect(answer).toMatchObject({
      overallAccessState: 'CAN_ACCESS',
      accessTuple: { permissionFqdn: 'run.googleapis.com/services.create' },
      allowPolicyExplanation: { allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED' },
      denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_NOT_DENIED', permissionDeniable: true },
    });
    expect(at(answer, 'allowPolicyExplanation', 'explainedPolicies', 1, 'fullResourceName')).toBe(PROJECT);
  });

  it('says that nothing grants, and by alpha and beta what boundaries do to it', async () => {
    const question = about(ALICE, 'run.services.setIamPolicy');
    expect(await asked(GA, question)).toMatchObject({
      overallAccessState: 'CANNOT_ACCESS',
      allowPolicyExplanation: { relevance: 'HEURISTIC_RELEVANCE_HIGH' },
    });
    for (const track of ['alpha', 'beta']) {
      expect(await asked(`${track} ${GA}`, question)).toMatchObject({
        overallAccessState: 'CANNOT_ACCESS',
        pabPolicyExplanation: { principalAccessBoundaryAccessState: 'PAB_ACCESS_STATE_NOT_ENFORCED' },
      });
    }
  });

  it('shows the deny rule that takes the permission away', async () => {
    const answer = await asked(GA, about(ALICE, 'run.services.delete'));
    expect(answer).toMatchObject({
      overallAccessState: 'CANNOT_ACCESS',
      allowPolicyExplanation: { allowAccessState: 'ALLOW_ACCESS_STATE_GRANTED' },
      denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_DENIED' },
    });
    const policy = at(answer, 'denyPolicyExplanation', 'explainedResources', 0, 'explainedPolicies', 0);
    expect(at(policy, 'policy', 'name')).toMatch(/\/denypolicies\/no-deletes$/);
    expect(at(policy, 'ruleExplanations', 0, 'deniedPermissions')).toEqual({
      'run.googleapis.com/services.delete': {
        permissionMatchingState: 'PERMISSION_PATTERN_MATCHED',
        relevance: 'HEURISTIC_RELEVANCE_HIGH',
      },
    });
  });

  it('evaluates a condition at the time that it is given', async () => {
    const question = about(NIGHT_SHIFT, 'run.services.create');
    expect(await asked(GA, question)).toMatchObject({ overallAccessState: 'UNKNOWN_CONDITIONAL' });
    const at = (hour: string) => asked(GA, `${question} --request-time=2026-06-01T${hour}:00:00Z`);
    // 21:00 and 23:00 in Tokyo.
    expect(await at('12')).toMatchObject({ overallAccessState: 'CANNOT_ACCESS' });
    expect(await at('14')).toMatchObject({ overallAccessState: 'CAN_ACCESS' });
  });

  it('does not know for somebody who may not read the policies', async () => {
    expect(await asked(GA, about(ALICE, 'run.services.create'), STRANGER)).toMatchObject({
      overallAccessState: 'UNKNOWN_INFO',
      denyPolicyExplanation: { denyAccessState: 'DENY_ACCESS_STATE_UNKNOWN_INFO' },
    });
  });

  it('refuses a permission that there is not', async () => {
    const { code, stderr } = await plane.gcloud(
      REVIEWER,
      `${GA} iam ${about(ALICE, 'run.services.fly')} --project=${A}`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('INVALID_ARGUMENT: Permission run.services.fly is not valid.');
  });
});

describe('gcloud policy-troubleshoot iam', () => {
  it('looks at allow policies alone', async () => {
    const command = 'policy-troubleshoot';
    const answer = await asked(command, about(ALICE, 'run.services.delete', PROJECT));
    expect(at(answer, 'access')).toBe('GRANTED');
    const explained = at(answer, 'explainedPolicies', 0, 'bindingExplanations');
    expect(explained).toContainEqual(
      expect.objectContaining({
        role: 'roles/run.developer',
        access: 'GRANTED',
        memberships: { [`user:${ALICE}`]: { membership: 'MEMBERSHIP_INCLUDED', relevance: 'HIGH' } },
      }),
    );
    const unseen = await asked(command, about(ALICE, 'run.services.delete', PROJECT), STRANGER);
    expect(at(unseen, 'access')).toBe('UNKNOWN_INFO_DENIED');
  });
});

describe('gRPC', () => {
  it('has the same answers', async () => {
    const transport = createGrpcTransport({ baseUrl: plane.url });
    const headers = { authorization: `Bearer ${await plane.token(REVIEWER)}` };
    const accessTuple = {
      principal: OWNER,
      fullResourceName: PROJECT,
      permission: 'run.services.delete',
    };
    const v1 = await createClient(IamChecker, transport).troubleshootIamPolicy({ accessTuple }, { headers });
    expect(v1.access).toBe(AccessState.GRANTED);
    const v3 = createClient(PolicyTroubleshooter, transport);
    const { overallAccessState, denyPolicyExplanation } = await v3.troubleshootIamPolicy(
      { accessTuple },
      { headers },
    );
    expect(overallAccessState).toBe(Overall.CANNOT_ACCESS);
    const [resource] = denyPolicyExplanation?.explainedResources ?? [];
    expect(resource?.explainedPolicies[0]?.policy?.name).toMatch(/no-deletes$/);
  });
});
