import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Principal, projectName, repositoryName } from '../names/index.js';
import { openSqlite, type Store } from '../store/index.js';
import { openAccess } from './control.js';
import { endPropagation, openPropagation, type Propagation, type PropagationDelay } from './propagation.js';
import type { AccessControl, Project } from './types.js';

const START = Date.parse('2026-01-02T03:04:05Z');
const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const REPO = repositoryName('myproject-b', 'asia-northeast1', 'myrepo');
const DOWNLOAD = 'artifactregistry.repositories.downloadArtifacts';
const READER = 'roles/artifactregistry.reader';
const MINUTE = 60_000;

const PROJECT: Project = {
  projectId: 'myproject-b',
  number: '222222222222',
  name: 'myproject-b',
  state: 'ACTIVE',
  createTime: new Date(START).toISOString(),
  labels: {},
  services: {},
};

let database: Store;
let now: number;
let plane: { readonly propagation: Propagation; readonly access: AccessControl };

const clock = () => new Date(now);

/** As at the start of a plane: over what the database holds. */
async function open(delay: Partial<PropagationDelay>) {
  const propagation = await openPropagation({
    store: database,
    clock,
    delay: { minMs: MINUTE, maxMs: MINUTE, seed: 1, ...delay },
    onError: (error) => {
      throw error;
    },
  });
  const access = openAccess({ store: propagation.store, propagation, accountExists: async () => true });
  plane = { propagation, access };
}

beforeEach(async () => {
  now = START;
  database = openSqlite(':memory:');
  await open({});
  await database.commit(plane.access.projects.creation(PROJECT));
});
afterEach(() => database.close());

const reads = () => plane.access.isGranted(ALICE, DOWNLOAD, REPO, clock());
const setReaders = (...members: string[]) =>
  plane.access.setPolicy(REPO, { bindings: members.length > 0 ? [{ role: READER, members }] : [] }, clock());
const members = async () =>
  (await plane.access.policy(REPO)).policy.bindings.flatMap((binding) => binding.members);
const waiting = () => database.list('propagating/');

describe('a change of an allow policy', () => {
  it('is shown at once and decides when its time has come', async () => {
    await setReaders('user:alice@example.com');
    expect(await members()).toEqual(['user:alice@example.com']);
    expect(await reads()).toBe(false);
    expect(await plane.access.held(ALICE, [DOWNLOAD], REPO, clock())).toEqual([]);
    now += MINUTE - 1;
    expect(await reads()).toBe(false);
    now += 1;
    expect(await reads()).toBe(true);
    expect(await plane.access.held(ALICE, [DOWNLOAD], REPO, clock())).toEqual([DOWNLOAD]);
  });

  it('lets a grant that was taken away hold meanwhile', async () => {
    await setReaders('user:alice@example.com');
    now += MINUTE;
    expect(await reads()).toBe(true);
    await setReaders();
    expect(await reads()).toBe(true);
    now += MINUTE;
    expect(await reads()).toBe(false);
  });

  it('takes effect at its own time when several follow each other', async () => {
    await setReaders('user:alice@example.com');
    now += 20_000;
    await setReaders();
    now += 20_000;
    await setReaders('user:alice@example.com');
    expect(await reads()).toBe(false);
    now = START + MINUTE;
    expect(await reads()).toBe(true);
    now += 20_000;
    expect(await reads()).toBe(false);
    now += 20_000;
    expect(await reads()).toBe(true);
  });

  it('survives a restart, and a time when no plane was there', async () => {
    await setReaders('user:alice@example.com');
    await open({});
    expect(await reads()).toBe(false);
    now += MINUTE;
    await open({});
    expect(await reads()).toBe(true);
  });

  it('leaves nothing behind once it is over', async () => {
    await setReaders('user:alice@example.com');
    expect(await waiting()).toHaveLength(1);
    now += MINUTE;
    await reads();
    await expect.poll(waiting).toEqual([]);
  });

  it('takes effect when a plane starts that knows no delay', async () => {
    await setReaders('user:alice@example.com');
    await endPropagation(database);
    const access = openAccess({ store: database, accountExists: async () => true });
    expect(await access.isGranted(ALICE, DOWNLOAD, REPO, clock())).toBe(true);
    expect(await waiting()).toEqual([]);
  });

  it('is refused for a stale etag, as ever, and two at a time leave both steps', async () => {
    const { etag } = (await plane.access.policy(REPO)).policy;
    await setReaders('user:bob@example.com');
    const stale = plane.access.setPolicy(REPO, { bindings: [], etag }, clock());
    await expect(stale).rejects.toThrow(/concurrent policy changes/);
    await Promise.all([setReaders('user:alice@example.com'), setReaders('user:carol@example.com')]);
    expect((await waiting()).map(({ value }) => (value as unknown[]).length)).toEqual([3]);
  });

  it('is over with the resource whose policy it is', async () => {
    await setReaders('user:alice@example.com');
    now += MINUTE;
    await setReaders('user:alice@example.com', 'user:bob@example.com');
    await plane.propagation.store.commit([plane.access.removal(REPO)]);
    expect(await reads()).toBe(false);
    expect(await waiting()).toEqual([]);
  });

  it('tells decisions what they become, and when', async () => {
    await setReaders('user:alice@example.com');
    const decision = await plane.access.decide(ALICE, DOWNLOAD, REPO, clock());
    expect(decision.verdict).toBe('denied');
    expect(decision.reasons).toContainEqual({
      kind: 'propagating',
      level: REPO,
      becomes: 'granted',
      at: '2026-01-02T03:05:05.000Z',
    });
    now += MINUTE;
    const later = await plane.access.decide(ALICE, DOWNLOAD, REPO, clock());
    expect(later.verdict).toBe('granted');
    expect(later.reasons.some(({ kind }) => kind === 'propagating')).toBe(false);
  });
});

describe('what else takes time', () => {
  it("is what Google grants, but not to a new project's creator", async () => {
    const { access, propagation } = plane;
    const other = { ...PROJECT, projectId: 'myproject-c', number: '333333333333' };
    const name = projectName(other.projectId);
    const owner = await access.grantWrite(name, 'roles/owner', 'user:alice@example.com');
    await propagation.store.commit([...access.projects.creation(other), owner]);
    const gets = (who: Principal) => access.isGranted(who, 'resourcemanager.projects.get', name, clock());
    expect(await gets(ALICE)).toBe(true);
    const agent = 'service-333333333333@serverless-robot-prod.iam.gserviceaccount.com';
    await propagation.store.commit([
      await access.grantWrite(name, 'roles/run.serviceAgent', `serviceAccount:${agent}`),
    ]);
    expect(await gets({ kind: 'serviceAccount', email: agent })).toBe(false);
    now += MINUTE;
    expect(await gets({ kind: 'serviceAccount', email: agent })).toBe(true);
  });

  it('are group memberships', async () => {
    await database.commit([{ op: 'put', key: 'groups/readers@example.com', value: [] }]);
    await plane.access.setPolicy(
      REPO,
      { bindings: [{ role: READER, members: ['group:readers@example.com'] }] },
      clock(),
    );
    now += MINUTE;
    const joined = {
      op: 'put',
      key: 'groups/readers@example.com',
      value: ['user:alice@example.com'],
    } as const;
    await plane.propagation.store.commit([joined]);
    expect(await reads()).toBe(false);
    now += MINUTE;
    expect(await reads()).toBe(true);
  });

  it('are deny policies', async () => {
    await setReaders('user:alice@example.com');
    now += MINUTE;
    const rule = {
      deniedPrincipals: ['principal://goog/subject/alice@example.com'],
      exceptionPrincipals: [],
      deniedPermissions: ['artifactregistry.googleapis.com/repositories.downloadArtifacts'],
      exceptionPermissions: [],
    };
    const proposed = { displayName: '', annotations: {}, rules: [rule] };
    const project = projectName(PROJECT.projectId);
    await plane.access.denyPolicies.create(project, 'no-reads', proposed, clock(), () => []);
    expect(await plane.access.denyPolicies.list(project)).toHaveLength(1);
    expect(await reads()).toBe(true);
    now += MINUTE;
    expect(await reads()).toBe(false);
  });

  it('are custom roles', async () => {
    const name = 'projects/myproject-b/roles/imageReader';
    const role = { title: '', description: '', stage: 'GA', permissions: [DOWNLOAD], etag: 'BwX=' };
    await database.commit([{ op: 'put', key: `roles/${name}`, value: { ...role, permissions: [] } }]);
    await plane.access.setPolicy(
      REPO,
      { bindings: [{ role: name, members: ['user:alice@example.com'] }] },
      clock(),
    );
    now += MINUTE;
    expect(await reads()).toBe(false);
    await plane.propagation.store.commit([{ op: 'put', key: `roles/${name}`, value: role }]);
    expect(plane.access.roles.get(name)?.permissions.has(DOWNLOAD)).toBe(true);
    expect(await reads()).toBe(false);
    now += MINUTE;
    expect(await reads()).toBe(true);
  });

  it('is nothing that is changed at once', async () => {
    await setReaders('user:bob@example.com');
    const { access, immediate } = { ...plane, immediate: plane.propagation.immediate };
    await immediate.commit([await access.grantWrite(REPO, READER, 'user:alice@example.com')]);
    expect(await reads()).toBe(true);
    expect(await waiting()).toEqual([]);
  });
});

describe('delays from a range', () => {
  const until = async (delay: Partial<PropagationDelay>) => {
    await open(delay);
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      const key = `groups/g${i}@example.com`;
      await plane.propagation.store.commit([{ op: 'put', key, value: [] }]);
      const row = await database.get<readonly { until: number }[]>(`propagating/${key}`);
      delays.push((row?.value.at(-1)?.until ?? 0) - now);
    }
    await database.commit((await database.list('')).map(({ key }) => ({ op: 'delete', key })));
    return delays;
  };

  it('lie in it, and are the same for the same seed', async () => {
    const range = { minMs: 5000, maxMs: 9000 };
    const drawn = await until({ ...range, seed: 7 });
    for (const delay of drawn) {
      expect(delay).toBeGreaterThanOrEqual(5000);
      expect(delay).toBeLessThanOrEqual(9000);
    }
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(await until({ ...range, seed: 7 })).toEqual(drawn);
    expect(await until({ ...range, seed: 8 })).not.toEqual(drawn);
  });
});

describe('any sequence of changes', () => {
  /** What a reader of the whole history would say: the latest change whose time has come, none overtaking another. */
  const naive = (changes: readonly { at: number; until: number; readers: boolean }[]) => {
    const due = changes.filter(({ until }) => until <= now);
    return due.at(-1)?.readers ?? false;
  };

  it('takes effect in order, restarts or not', async () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 90_000 }),
      readers: fc.boolean(),
      restart: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await database.commit(
          (await database.list('po')).concat(await waiting()).map(({ key }) => ({ op: 'delete', key })),
        );
        now = START;
        await open({ minMs: 0, maxMs: 2 * MINUTE });
        const changes: { at: number; until: number; readers: boolean }[] = [];
        for (const { wait, readers, restart } of steps) {
          now += wait;
          expect(await reads()).toBe(naive(changes));
          await setReaders(...(readers ? ['user:alice@example.com'] : []));
          const [row] = (await waiting()) as { value: { until: number }[] }[];
          changes.push({ at: now, until: row?.value.at(-1)?.until ?? now, readers });
          if (restart) await open({ minMs: 0, maxMs: 2 * MINUTE });
          expect(await reads()).toBe(naive(changes));
        }
        now += 2 * MINUTE;
        expect(await reads()).toBe(naive(changes));
      }),
      { numRuns: 40 },
    );
  });
});
