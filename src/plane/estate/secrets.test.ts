import { describe, expect, it } from 'vitest';
import { principalOfEmail } from '../../names/index.js';
import { exportEstate } from './export.js';
import { EstateError } from './problems.js';
import { NOW, testEstate } from './testing-estates.js';

const READER = 'alice@example.com';
const ESTATE = `projects:
  - id: myproject-a
    number: "891566352225"
    services: [secretmanager.googleapis.com]
    secrets:
      - id: db-password
        value: hunter2
        labels: { team: blue }
        iam: [{ role: roles/secretmanager.secretAccessor, members: [${READER}] }]
`;

type Plane = ReturnType<typeof testEstate>;

async function read(plane: Plane, version = 'latest', email = READER): Promise<string> {
  const name = { project: 'myproject-a', secret: 'db-password', version };
  const answer = await plane.secrets.access(principalOfEmail(email), name, NOW);
  return answer.ok ? Buffer.from(answer.payload).toString() : answer.cause;
}

const lines = async (applied: ReturnType<Plane['apply']>) =>
  (await applied).changes.map(({ action, kind, name, details }) =>
    [action, kind, name, ...details].join(' '),
  );

describe('a secret of an estate', () => {
  it('is created with its value, for those whom its policy names', async () => {
    const plane = testEstate();
    expect(await lines(plane.apply(ESTATE))).toContain('created secret myproject-a/db-password');
    expect(await read(plane)).toBe('hunter2');
    expect(await read(plane, '1', 'bob@example.com')).toBe('forbidden');
    expect(await read(plane, '2')).toBe('missing');
  });

  it('gets a version when its value is another, and only then', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    expect(await lines(plane.apply(ESTATE))).toEqual([]);
    expect(await lines(plane.apply(ESTATE.replace('hunter2', 'secret two')))).toEqual([
      'updated secret myproject-a/db-password value',
    ]);
    expect(await read(plane)).toBe('secret two');
    expect(await read(plane, '1')).toBe('hunter2');
  });

  it('keeps what it holds when nothing is said of it, and its labels grow', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const more = ESTATE.replace('        value: hunter2\n', '').replace('team: blue', 'env: prod');
    expect(await lines(plane.apply(more))).toEqual(['updated secret myproject-a/db-password labels']);
    expect(await read(plane)).toBe('hunter2');
    const { projects } = JSON.parse(JSON.stringify((await exportEstate(plane)).document));
    expect(projects[0].secrets).toEqual([
      {
        id: 'db-password',
        labels: { team: 'blue', env: 'prod' },
        iam: [{ role: 'roles/secretmanager.secretAccessor', members: [`user:${READER}`] }],
      },
    ]);
  });

  it('is exported without what it holds, which is said', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const { document, notes } = await exportEstate(plane);
    expect(JSON.stringify(document)).not.toContain('hunter2');
    expect(notes).toEqual([expect.stringMatching(/secrets\/db-password: its versions are left out/)]);
  });

  it('goes with its versions and policy when an exact estate does not name it', async () => {
    const plane = testEstate();
    await plane.apply(ESTATE);
    const without = ESTATE.slice(0, ESTATE.indexOf('    secrets:'));
    expect(await lines(plane.apply(without, { exact: true }))).toEqual([
      'removed secret myproject-a/db-password',
    ]);
    const left = await Promise.all(
      ['secrets/', 'secret-versions/', 'secret-payloads/', 'policies//secretmanager'].map((prefix) =>
        plane.store.list(prefix),
      ),
    );
    expect(left.flat()).toEqual([]);
    await plane.apply(ESTATE);
    await plane.apply('projects: [{ id: other-project }]', { exact: true });
    expect(await plane.store.list('secret')).toEqual([]);
  });

  it('whose locations are others is refused, and no value is shown', async () => {
    const plane = testEstate();
    const placed = ESTATE.replace('        value', '        locations: [us-east1]\n        value');
    await plane.apply(placed);
    await expect(plane.apply(placed.replace('us-east1', 'us-west1'))).rejects.toThrow(
      /locations of the secret db-password cannot be changed/,
    );
    await expect(plane.apply(ESTATE.replace('db-password', 'db.password'))).rejects.toThrow(/Secret ID/);
    const [first, second] = ['one-value', 'other-value'].map((value, index) => ({
      name: `${index}.yaml`,
      text: ESTATE.replace('hunter2', value),
    }));
    if (!first || !second) throw new Error('two files');
    const { applyEstate } = await import('./apply.js');
    const refusal = await applyEstate(plane, { files: [first, second], exact: false, dryRun: false }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(EstateError);
    expect(String(refusal)).toMatch(/There is another value at/);
    expect(String(refusal)).not.toMatch(/one-value|other-value/);
  });
});
