/** For tests: assets of an organization with a few projects, and the inventory of an export of them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Inventory } from '../inventory/index.js';
import { openAssets } from './open.js';

export type AssetJson = Readonly<Record<string, unknown>>;

/** The inventory of these files, each with its assets as lines. */
export async function inventoryOfFiles(
  files: Readonly<Record<string, readonly AssetJson[]>>,
  complete = false,
): Promise<Inventory> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assets-'));
  try {
    for (const [name, assets] of Object.entries(files)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, assets.map((asset) => `${JSON.stringify(asset)}\n`).join(''));
    }
    return (await openAssets(folder, { complete })).inventory;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const ORGANIZATION = 'organizations/9';
/** The ancestors of what lies in a project. */
export const above = (number: string) => [`projects/${number}`, ORGANIZATION];
export const RESOURCE_MANAGER = 'cloudresourcemanager.googleapis.com';

export const project = (id: string, number: string): AssetJson => ({
  name: `//${RESOURCE_MANAGER}/projects/${number}`,
  asset_type: `${RESOURCE_MANAGER}/Project`,
  resource: { data: { projectId: id, projectNumber: number, lifecycleState: 'ACTIVE' } },
  ancestors: above(number),
});
export const organization: AssetJson = {
  name: `//${RESOURCE_MANAGER}/organizations/9`,
  asset_type: `${RESOURCE_MANAGER}/Organization`,
  resource: { data: { name: 'organizations/9' } },
  ancestors: [ORGANIZATION],
};
export const policyOf = (id: string, number: string): AssetJson => ({
  name: `//${RESOURCE_MANAGER}/projects/${id}`,
  asset_type: `${RESOURCE_MANAGER}/Project`,
  iam_policy: { bindings: [{ role: 'roles/owner', members: ['user:alice@example.com'] }] },
  ancestors: above(number),
});
