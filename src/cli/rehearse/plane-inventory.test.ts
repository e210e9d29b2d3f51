import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckRequest, checkDeployOn, type Source } from '../../checkpoint/index.js';
import { inventorySource, planeInventory } from '../../sources/index.js';
import { deploy, GooglePlane, NOW } from '../sources/testing-google.js';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
}, 60_000);
afterAll(() => google?.stop());

async function verdictsOf(source: Source, request: CheckRequest) {
  const { report } = await checkDeployOn(request, source, { time: NOW });
  return report.requirements.map(({ id, principal, resource, verdict }) => [
    id,
    principal,
    resource,
    verdict,
  ]);
}

describe('the inventory of a plane', () => {
  it('decides as the plane does, images aside', async () => {
    const source = await google.own();
    const { manifest, ...known } = inventorySource(await planeInventory(google.plane));
    const asked = ['alice', 'bob', 'carol', 'dave', 'eve'].map((name) =>
      deploy(`user:${name}@example.com`, {
        secrets: [{ env: 'DB', name: 'db-password', version: 'latest' }],
      }),
    );
    for (const request of [...asked, deploy('serviceAccount:deployer@myproject-c.iam.gserviceaccount.com')]) {
      const inventory = { ...known, manifest: source.manifest };
      expect(await verdictsOf(inventory, request)).toEqual(await verdictsOf(source, request));
    }
  });
});
