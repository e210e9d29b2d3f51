import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../store/index.js';
import { applyEstate } from './apply.js';
import { exportEstate } from './export.js';
import { estateText } from './format.js';

const clock = () => new Date('2026-01-02T03:04:05.678Z');
const deps = (store = openSqlite(':memory:')) => ({ store, clock, owner: 'user:owner@example.com' });

const ESTATE = `
organization: { id: "123456789012", domain: example.com }
folders: [{ id: "4711", parent: organizations/123456789012 }]
groups: { platform@example.com: ["user:alice@example.com"], all@example.com: [group:platform@example.com] }
projects:
  - id: myproject-a
    number: "891566352225"
    parent: folders/4711
    services: [run.googleapis.com, artifactregistry.googleapis.com]
    iam: [{ role: roles/run.developer, members: ["group:all@example.com"], condition: { title: t, expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' } }]
    serviceAccounts: [{ id: runtime, iam: [{ role: roles/iam.serviceAccountUser, members: [alice@example.com] }] }]
    repositories: [{ id: docker-repo, location: asia-northeast1, format: DOCKER, iam: [] }]
`;

describe('scratch', () => {
  it('works', async () => {
    const d = deps();
    const files = [{ name: 'estate.yaml', text: ESTATE }];
    console.log(JSON.stringify(await applyEstate(d, { files, exact: false, dryRun: false }), null, 1));
    console.log(JSON.stringify(await applyEstate(d, { files, exact: false, dryRun: false }), null, 1));
    const { document, notes } = await exportEstate(d);
    const text = await estateText(document, 'yaml');
    console.log(text, notes);
    const again = [{ name: 'estate.yaml', text }];
    console.log(JSON.stringify(await applyEstate(d, { files: again, exact: false, dryRun: false }), null, 1));
    console.log(JSON.stringify(await applyEstate(d, { files: again, exact: true, dryRun: false }), null, 1));
  });
});
