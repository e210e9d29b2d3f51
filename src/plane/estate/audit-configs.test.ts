import { describe, expect, it } from 'vitest';
import { folderName, projectName } from '../../names/index.js';
import { testEstate } from './testing-estates.js';

const ESTATE = `
folders: [{ id: "4711", parent: organizations/1, auditConfigs: [{ service: allServices, auditLogConfigs: [{ logType: ADMIN_READ }] }] }]
organization: { id: "1" }
projects:
  - id: myproject-a
    number: "891566352225"
    parent: folders/4711
    auditConfigs:
      - service: run.googleapis.com
        auditLogConfigs: [{ logType: DATA_READ, exemptedMembers: [Alice@example.com] }]
`;

const ALICE = { kind: 'user', email: 'alice@example.com' } as const;
const BOB = { kind: 'user', email: 'bob@example.com' } as const;

describe('audit configurations of an estate', () => {
  it('turn logs on for what lies below, and are told, exported and taken as they are', async () => {
    const plane = testEstate();
    const { changes } = await plane.apply(ESTATE);
    // They come with the project.
    expect(changes.filter(({ kind }) => kind === 'auditConfig')).toEqual([]);
    const logged = (who: typeof ALICE | typeof BOB, type: 'ADMIN_READ' | 'DATA_READ') =>
      plane.access.isDataAccessLogged(who, 'run.googleapis.com', type, projectName('myproject-a'));
    expect(await logged(BOB, 'DATA_READ')).toBe(true);
    expect(await logged(ALICE, 'DATA_READ')).toBe(false);
    expect(await logged(ALICE, 'ADMIN_READ')).toBe(true);
    expect((await plane.apply(ESTATE)).changes).toEqual([]);
    const folder = await plane.access.policy(folderName('4711'));
    expect(folder.policy.auditConfigs).toEqual([
      { service: 'allServices', auditLogConfigs: [{ logType: 'ADMIN_READ', exemptedMembers: [] }] },
    ]);
  });

  it('are added to those that are there, and told one by one', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const more = `projects: [{ id: myproject-a, auditConfigs: [{ service: run.googleapis.com, auditLogConfigs: [{ logType: DATA_READ, exemptedMembers: [bob@example.com] }, { logType: DATA_WRITE }] }] }]`;
    const { changes } = await plane.apply(more);
    expect(changes).toEqual([
      {
        action: 'updated',
        kind: 'auditConfig',
        name: 'run.googleapis.com DATA_READ on projects/myproject-a',
        details: ['+user:bob@example.com'],
      },
      {
        action: 'created',
        kind: 'auditConfig',
        name: 'run.googleapis.com DATA_WRITE on projects/myproject-a',
        details: [],
      },
    ]);
  });

  it('are refused where they are wrong', async () => {
    const plane = testEstate();
    const wrong = ESTATE.replace('run.googleapis.com', 'nothing.googleapis.com');
    await expect(plane.apply(wrong)).rejects.toThrow(
      /nothing\.googleapis\.com does not exist or does not support/,
    );
    const nobody = ESTATE.replace('Alice@example.com', 'alice');
    await expect(plane.apply(nobody)).rejects.toThrow(/"alice" is no member/);
  });
});
