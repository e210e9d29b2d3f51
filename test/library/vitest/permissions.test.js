import { check, planeSource } from 'sekisho/checkpoint';
import { startPlane } from 'sekisho/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const text = `
projects:
  - id: myproject-a
    services: [run.googleapis.com]
    iam: [{ role: roles/run.developer, members: ["user:alice@example.com"] }]
`;

let plane;
beforeAll(async () => {
  plane = await startPlane({ runtime: 'none', estate: [{ name: 'estate.yaml', text }] });
});
afterAll(() => plane?.stop());

test('alice may not act as the default account', async () => {
  const report = await check(
    {
      as: 'alice@example.com',
      flags: ['web', '--image=nginx', '--project=myproject-a', '--region=us-central1'],
    },
    { source: await planeSource(plane) },
  );
  const denied = report.requirements.filter(({ verdict }) => verdict === 'denied').map(({ id }) => id);
  expect(denied).toContain('deployer-acts-as');
});
