/** An organization's assets, listed page by page as they are now: the same values that an export of them holds. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isUnknown } from '../../checkpoint/index.js';
import { type OpenedAssets, openAssets } from '../assets/index.js';
import type { GoogleReader } from '../google/index.js';

/** What decides about deploys, in RE2, as assets.list takes it (https://cloud.google.com/asset-inventory/docs/asset-types). */
const TYPES = [
  'cloudresourcemanager.googleapis.com/(Organization|Folder|Project|TagBinding|TagValue)',
  'run.googleapis.com/(Service|Job|WorkerPool)',
  'iam.googleapis.com/(ServiceAccount|Role|PolicyV2|PolicyBinding|PrincipalAccessBoundaryPolicy)',
  'artifactregistry.googleapis.com/Repository',
  'secretmanager.googleapis.com/(Secret|SecretVersion)',
  'serviceusage.googleapis.com/Service',
];

/** The assets of an organization cannot be listed: then nobody knows what is in it. */
export class AssetsUnlisted extends Error {
  override readonly name = 'AssetsUnlisted';
}

/**
 * Both contents are listed to files of a directory that is removed again: all of them may be more than fits in memory.
 * @param onAssets told how many more assets have come
 * @throws AssetsUnlisted naming the permission that lacks, or what failed; AssetsProblem for answers that are no assets
 */
export async function organizationAssets(
  organization: string,
  reader: GoogleReader,
  onAssets: (count: number) => void,
): Promise<OpenedAssets> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-assets-'));
  try {
    for (const call of ['assetResources', 'assetPolicies'] as const) {
      const pages = Readable.from(linesOf(organization, call, reader, onAssets));
      await pipeline(pages, createWriteStream(path.join(dir, `${call}.json`), { mode: 0o600 }));
    }
    return await openAssets(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function* linesOf(
  organization: string,
  call: 'assetResources' | 'assetPolicies',
  reader: GoogleReader,
  onAssets: (count: number) => void,
): AsyncGenerator<string> {
  for await (const page of reader.pages(call, { organization }, { assetTypes: TYPES })) {
    if (isUnknown(page) || page === 'absent') {
      const why = isUnknown(page) ? page.why : 'there is no such organization';
      throw new AssetsUnlisted(`The assets of organizations/${organization} cannot be listed: ${why}`);
    }
    onAssets(Array.isArray(page.assets) ? page.assets.length : 0);
    yield `${JSON.stringify(page)}\n`;
  }
}
