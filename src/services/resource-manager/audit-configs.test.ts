import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { resourceManagerApi } from './api.js';
import { createProject } from './create.js';

const ALICE = 'user:alice@example.com';
const BINDINGS = [{ role: 'roles/owner', members: [ALICE] }];
const reads = (...exemptedMembers: string[]) => ({
  service: 'run.googleapis.com',
  auditLogConfigs: [{ logType: 'DATA_READ', ...(exemptedMembers.length > 0 ? { exemptedMembers } : {}) }],
});
const WITH_AUDIT = 'bindings,etag,auditConfigs';

let rooms: Rooms;

beforeEach(async () => {
  rooms = await openRooms();
  await createProject(rooms, { projectId: 'myproject-a', owners: [ALICE] }, NOW);
});
afterEach(() => rooms.store.close());

const ask = (verb: 'get' | 'set', body: JsonObject = {}) =>
  invoke(
    resourceManagerApi(rooms),
    rooms.access,
    ALICE,
    'POST',
    `/v1/projects/myproject-a:${verb}IamPolicy`,
    body,
  );
const set = (auditConfigs: JsonObject[], updateMask?: string) =>
  ask('set', {
    policy: { bindings: BINDINGS, auditConfigs },
    ...(updateMask === undefined ? {} : { updateMask }),
  });
const stored = async () => ((await ask('get')).json as JsonObject).auditConfigs;

describe('audit configurations of a project', () => {
  it('are set by the mask that names them, shown, and left alone by any other', async () => {
    const { json } = await set([reads('user:Bob@example.com')], WITH_AUDIT);
    expect(json).toMatchObject({ bindings: BINDINGS, auditConfigs: [reads('user:bob@example.com')] });
    expect(await stored()).toEqual([reads('user:bob@example.com')]);
    // "If no mask is provided, the following default mask is used: `bindings, etag`" (SetIamPolicyRequest).
    await set([]);
    await set([reads()]);
    expect(await stored()).toEqual([reads('user:bob@example.com')]);
    await ask('set', { policy: { auditConfigs: [reads()] }, updateMask: 'auditConfigs' });
    expect(await ask('get')).toMatchObject({ json: { bindings: BINDINGS, auditConfigs: [reads()] } });
    await set([], WITH_AUDIT);
    expect(await stored()).toBeUndefined();
  });

  it('stand in the audit entry with what has changed', async () => {
    await set([reads('user:bob@example.com')], WITH_AUDIT);
    const { audit } = await set([reads('user:carol@example.com')], WITH_AUDIT);
    const about = { service: 'run.googleapis.com', logType: 'DATA_READ' };
    expect(await audit).toMatchObject({
      serviceData: {
        '@type': 'type.googleapis.com/google.iam.v1.logging.AuditData',
        policyDelta: {
          auditConfigDeltas: [
            { action: 'REMOVE', ...about, exemptedMember: 'user:bob@example.com' },
            { action: 'ADD', ...about, exemptedMember: 'user:carol@example.com' },
          ],
        },
      },
    });
  });

  it('are refused in Google’s words where they are wrong, and nothing changes', async () => {
    const before = (await ask('get')).json;
    const wrong = { service: 'firestore.googleapis.com', auditLogConfigs: [{ logType: 'DATA_READ' }] };
    await expect(set([wrong], WITH_AUDIT)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message:
        'Service firestore.googleapis.com does not exist or does not support service level configuration of Google Cloud audit logging.',
    });
    expect((await ask('get')).json).toEqual(before);
  });
});
