import { describe, expect, it } from 'vitest';
import type { Policy } from '../../iam/index.js';
import { readAssets } from './asset.js';
import { Collected } from './collect.js';
import { Folder } from './fold.js';
import { parseLines } from './lines.js';
import { Unfolder } from './unfold.js';

const ancestors = ['projects/1', 'organizations/9'];
const SERVICE = '//run.googleapis.com/projects/app/locations/us-central1/services/web';
const of = (name: string, type: string, content: object, time = '2025-01-01T00:00:00Z') => ({
  name,
  asset_type: type,
  ancestors,
  update_time: time,
  ...content,
});
const condition = { title: 'until', expression: 'request.time < timestamp("2026-01-01T00:00:00Z")' };
const policyOf = (...members: string[]) => ({
  iam_policy: {
    version: 3,
    etag: 'BwY=',
    bindings: [
      { role: 'roles/run.admin', members },
      { role: 'roles/viewer', members: [...members, 'allUsers'], condition },
    ],
  },
});
const template = {
  spec: { serviceAccountName: 'a@app.iam.gserviceaccount.com', containers: [{ image: 'i' }] },
};

const ASSETS: readonly object[] = [
  of('//cloudresourcemanager.googleapis.com/projects/1', 'cloudresourcemanager.googleapis.com/Project', {
    resource: { data: { projectId: 'app', projectNumber: '1' } },
  }),
  of(SERVICE, 'run.googleapis.com/Service', { resource: { data: { spec: { template } } } }),
  of(SERVICE, 'run.googleapis.com/Service', policyOf('user:a@example.com', 'user:b\n@example.com')),
  of('//run.googleapis.com/bare', 'run.googleapis.com/Service', { resource: { data: { spec: {} } } }),
  of('//compute.googleapis.com/x', 'compute.googleapis.com/Instance', { resource: { data: { heavy: [1] } } }),
  of('//storage.googleapis.com/b', 'storage.googleapis.com/Bucket', { iam_policy: { bindings: 'none' } }),
  of(SERVICE, 'run.googleapis.com/Service', policyOf('user:new@example.com'), '2025-02-01T00:00:00Z'),
  {
    resource: SERVICE,
    policy: policyOf('user:found@example.com').iam_policy,
    assetType: 'x',
    project: 'projects/1',
  },
];

/** Everything that was collected, with policies put together. */
function told(collected: Collected): unknown {
  const policies = [...collected.policies].map(([name, { value, time }]) => {
    const policy: Policy | undefined = value === undefined || 'bindings' in value ? value : value.whole();
    return [name, time, policy];
  });
  const { projects, lineages, accounts, exports, repeated } = collected;
  const runs = [...collected.runs].map(([name, { value, time }]) => [name, time, value?.()]);
  return structuredClone({
    policies,
    projects,
    lineages,
    runs,
    accounts,
    places: [...exports.values()].map((one) => [
      one.everywhere,
      one.places('iam-policy'),
      one.places('resource'),
    ]),
    repeated,
  });
}

function plain(): Collected {
  const collected = new Collected();
  collected.from('a');
  for (const value of ASSETS) {
    const read = readAssets(value);
    if ('problem' in read) throw new Error(read.problem);
    for (const asset of read) collected.add(asset);
  }
  return collected;
}

const fold = (folder: Folder, values: readonly unknown[]) =>
  folder.add(values) ? folder.folded() : undefined;

describe('assets that were folded', () => {
  it('come to what the assets themselves come to, in however many batches', () => {
    for (const size of [1, 3, ASSETS.length]) {
      const folder = new Folder();
      const unfolder = new Unfolder();
      const collected = new Collected();
      collected.from('a');
      for (let at = 0; at < ASSETS.length; at += size) {
        const folded = fold(folder, ASSETS.slice(at, at + size));
        if (folded === undefined) throw new Error('not folded');
        unfolder.unfold(structuredClone(folded), collected);
      }
      expect(told(collected)).toEqual(told(plain()));
    }
  });

  it('tell of the bindings that matter alone', () => {
    const folder = new Folder();
    const collected = new Collected();
    const folded = fold(folder, ASSETS.slice(2, 3));
    if (folded === undefined) throw new Error('not folded');
    new Unfolder().unfold(folded, collected);
    const policy = collected.policies.get(SERVICE)?.value;
    if (policy === undefined || 'bindings' in policy) throw new Error('not packed');
    expect(policy.only((role) => role === 'roles/viewer')?.bindings).toEqual([
      {
        role: 'roles/viewer',
        members: ['user:a@example.com', 'user:b\n@example.com', 'allUsers'],
        condition,
      },
    ]);
    expect(policy.only(() => false)).toBeUndefined();
  });

  it('are left to others where some value is no asset', () => {
    expect(fold(new Folder(), [...ASSETS, { bindings: [] }])).toBeUndefined();
  });
});

describe('lines', () => {
  it('are parsed together, and left as they are', () => {
    const bytes = Buffer.from('{"a":1}\n[2]');
    expect(parseLines(bytes)).toEqual([{ a: 1 }, [2]]);
    expect(bytes.toString()).toBe('{"a":1}\n[2]');
  });

  it.each(['{"a":1}\n\n{}', '{},{}\n{', '{"a":\n1}', '1,2\n'])(
    'are not where they are no values: %j',
    (text) => {
      expect(parseLines(Buffer.from(text))).toBeUndefined();
    },
  );

  it('are not where they are not UTF-8', () => {
    expect(parseLines(Buffer.from('"caf\u00e9"', 'latin1'))).toBeUndefined();
  });
});
