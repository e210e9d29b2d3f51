import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../audit/index.js';
import { principalOfEmail, projectName } from '../names/index.js';
import { NAME, READER, STRANGER, smallImage, TestRegistry, WRITER } from './test-registry.js';

let test: TestRegistry;
beforeEach(async () => {
  test = await TestRegistry.open();
});
afterEach(() => test.close());

const turnOn = (...logTypes: ('DATA_READ' | 'DATA_WRITE')[]) =>
  test.access.setPolicy(
    projectName('myproject-b'),
    {
      bindings: [],
      auditConfigs: [
        {
          service: 'artifactregistry.googleapis.com',
          auditLogConfigs: logTypes.map((logType) => ({ logType, exemptedMembers: [] })),
        },
      ],
    },
    test.now,
  );
const entries = async () => {
  const query = {
    projects: ['myproject-b'],
    filter: '',
    order: 'asc',
    pageSize: 100,
    now: test.now,
  } as const;
  return (await openLog(test.store).query(query)).entries;
};
const methods = async () => (await entries()).map(({ protoPayload }) => protoPayload?.methodName);
const pull = (as: string) => test.call('GET', `/v2/${NAME}/manifests/v1`, { as });

describe('pulling and pushing', () => {
  it('leaves no entries until a policy asks for them', async () => {
    await test.push(await smallImage('one'), 'v1');
    await pull(READER);
    expect(await entries()).toEqual([]);
  });

  it('is told with whose impersonation it was, also by a registry token', async () => {
    await test.push(await smallImage('one'), 'v1');
    await turnOn('DATA_READ');
    const origin = { delegation: ['user:root@example.com'] };
    const { token: password } = await test.identity.mintAccessToken(principalOfEmail(READER), { origin });
    const authorization = `Basic ${Buffer.from(`oauth2accesstoken:${password}`).toString('base64')}`;
    const { text } = await test.call('GET', `/v2/token?scope=repository:${NAME}:pull`, { authorization });
    const bearer = { authorization: `Bearer ${JSON.parse(text).token}` };
    await test.call('GET', `/v2/${NAME}/manifests/v1`, bearer);
    await expect.poll(methods).toContain('Docker-GetManifest');
    const delegated = [{ firstPartyPrincipal: { principalEmail: 'root@example.com' } }];
    for (const { protoPayload } of await entries()) {
      expect(protoPayload?.authenticationInfo).toMatchObject({ serviceAccountDelegationInfo: delegated });
    }
  });

  it('is told by the documented names, reads and writes apart', async () => {
    await turnOn('DATA_WRITE');
    await test.push(await smallImage('one'), 'v1');
    await pull(READER);
    await expect.poll(methods).toContain('Docker-PutManifest');
    const pushed = await methods();
    expect(pushed).toContain('Docker-StartUpload');
    expect(pushed).not.toContain('Docker-GetManifest');
    await turnOn('DATA_READ');
    await pull(READER);
    await expect.poll(methods).toContain('Docker-GetManifest');
    const read = (await entries()).find(
      ({ protoPayload }) => protoPayload?.methodName === 'Docker-GetManifest',
    );
    expect(read).toMatchObject({
      logName: 'projects/myproject-b/logs/cloudaudit.googleapis.com%2Fdata_access',
      severity: 'INFO',
      resource: { type: 'audited_resource', labels: { service: 'artifactregistry.googleapis.com' } },
      protoPayload: {
        resourceName:
          'projects/myproject-b/locations/asia-northeast1/repositories/myrepo/dockerImages/app:v1',
        authenticationInfo: { principalEmail: READER },
        authorizationInfo: [
          {
            granted: true,
            permission: 'artifactregistry.repositories.downloadArtifacts',
            permissionType: 'DATA_READ',
            resource: 'projects/myproject-b/locations/asia-northeast1/repositories/myrepo',
          },
        ],
      },
    });
  });

  it('is told when it is refused, or finds nothing', async () => {
    await turnOn('DATA_READ');
    await pull(STRANGER);
    await expect
      .poll(entries)
      .toMatchObject([
        { severity: 'ERROR', protoPayload: { status: { code: 7 }, authorizationInfo: [{ granted: false }] } },
      ]);
    await pull(WRITER);
    await expect
      .poll(async () => (await entries()).at(-1))
      .toMatchObject({
        severity: 'ERROR',
        protoPayload: { status: { code: 5 }, authorizationInfo: [{ granted: true }] },
      });
  });
});
