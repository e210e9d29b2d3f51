import { expect, it } from 'vitest';
import { testEstate } from './testing-estates.js';

const PROVIDER = {
  id: 'actions',
  issuerUri: 'https://token.actions.githubusercontent.com',
  attributeMapping: { 'google.subject': 'assertion.sub' },
  attributeCondition: "assertion.repository_owner == 'octo'",
};
const estate = (workloadIdentityPools: readonly object[]) =>
  JSON.stringify({ projects: [{ id: 'myproject-a', number: '891566352225', workloadIdentityPools }] });

it('builds pools with their providers, exports them, and takes away what an exact estate does not name', async () => {
  const plane = testEstate();
  const pools = [
    { id: 'github', displayName: 'GitHub', providers: [PROVIDER] },
    { id: 'other', disabled: true },
  ];
  await plane.apply(estate(pools));
  expect((await plane.exported()).projects?.[0]?.workloadIdentityPools).toEqual(pools);
  expect((await plane.apply(estate(pools))).changes).toEqual([]);
  const { changes } = await plane.apply(estate([{ id: 'github' }]), { exact: true });
  expect(changes.map(({ action, kind }) => `${action} ${kind}`).sort()).toEqual([
    'removed workloadIdentityPool',
    'removed workloadIdentityProvider',
    'updated workloadIdentityPool',
  ]);
});

it('refuses a provider that the API would refuse', async () => {
  const open = { ...PROVIDER, attributeCondition: 'true' };
  await expect(testEstate().apply(estate([{ id: 'github', providers: [open] }]))).rejects.toThrow(
    "one of the provider's claims",
  );
});
