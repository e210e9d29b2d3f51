/** For tests: an organization, a project in it, people with and without roles, and questions about them. */
import type { Api, JsonObject, JsonValue } from '../../google/index.js';
import type { Binding, DenyRule } from '../../iam/index.js';
import { organizationName, projectName, type ResourceName, runResourceName } from '../../names/index.js';
import { createProject } from '../resource-manager/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { policyTroubleshooterApi } from './api.js';

export const PROJECT = projectName('myproject-a');
export const NUMBER = '891566352225';
export const SERVICE = runResourceName('service', 'myproject-a', 'us-central1', 'web');
export const OWNER = 'owner@example.com';
export const ALICE = 'alice@example.com';
/** Has the roles that Google's page asks of whoever troubleshoots, and is in nobody's boundary. */
export const REVIEWER = 'user:reviewer@elsewhere.com';
export const STRANGER = 'user:stranger@elsewhere.com';

const REVIEWS = [
  'roles/iam.securityReviewer',
  'roles/iam.denyReviewer',
  'roles/iam.principalAccessBoundaryViewer',
  'roles/resourcemanager.organizationAdmin',
  'roles/iam.workspacePoolAdmin',
];

export interface Scene {
  readonly rooms: Rooms;
  readonly api: Api;
  /** Asks a version whether the principal may. @param tuple in place of or beside what is asked by default */
  readonly ask: (
    version: string,
    tuple?: Readonly<Record<string, JsonValue>>,
    caller?: string,
  ) => Promise<JsonObject>;
  /** Replaces the bindings of a resource. */
  readonly bind: (resource: ResourceName, ...bindings: Binding[]) => Promise<void>;
  readonly deny: (resource: ResourceName, rule: DenyRule) => Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const rooms = await openRooms();
  const { access, store } = rooms;
  const api = policyTroubleshooterApi(rooms);
  await store.commit([
    access.organizations.creation({
      id: '123',
      domain: 'example.com',
      customerId: 'C03az79cb',
      createTime: NOW.toISOString(),
    }),
    await access.grantsWrite(
      organizationName('123'),
      REVIEWS.map((role) => ({ role, member: REVIEWER })),
    ),
  ]);
  const wanted = { projectId: 'myproject-a', number: NUMBER, owners: [`user:${OWNER}`] };
  await createProject(rooms, { ...wanted, parent: 'organizations/123' }, NOW);
  return {
    rooms,
    api,
    ask: async (version, tuple = {}, caller = REVIEWER) => {
      const accessTuple = {
        principal: ALICE,
        fullResourceName: SERVICE,
        permission: 'run.services.get',
        ...tuple,
      };
      const url = `/${version}/iam:troubleshoot`;
      return (await invoke(api, access, caller, 'POST', url, { accessTuple })).json as JsonObject;
    },
    bind: async (resource, ...bindings) => {
      const { etag } = (await access.policy(resource)).policy;
      await access.setPolicy(resource, { version: 3, etag, bindings }, NOW);
    },
    deny: async (resource, rule) => {
      const proposed = { displayName: 'Not here', annotations: {}, rules: [rule] };
      await access.denyPolicies.create(resource, 'not-here', proposed, NOW, () => []);
    },
  };
}
