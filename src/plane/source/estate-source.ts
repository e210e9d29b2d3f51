/**
 * Estate files as a source of facts. What comes by itself with an estate (the agents and default accounts of its APIs
 * and what they are granted, owners, numbers) is what a plane makes of it: so the files are applied to a plane in
 * memory, without its front door, and that is asked. There is one definition of it then, and it is exact.
 */
import { openAccess } from '../../access/index.js';
import type { Known, ManifestFact, SecretFact, Source } from '../../checkpoint/index.js';
import { openAccounts } from '../../identity/index.js';
import { openRepositories, type Puller } from '../../registry/index.js';
import { openSecrets } from '../../secrets/index.js';
import { openSqlite } from '../../store/index.js';
import { applyEstate } from '../estate/apply.js';
import type { EstateFile } from '../estate/index.js';
import { roomsSource } from './rooms-source.js';

export interface EstateSource {
  readonly source: Source;
  close(): Promise<void>;
}

export interface EstateSourceOptions {
  /** For people; the files' names when left out. */
  readonly name?: string;
  /** The member that owns what the estate makes. */
  readonly owner: string;
  readonly clock?: () => Date;
}

/**
 * @throws EstateError naming everything that is wrong with the files
 */
export async function estateSource(
  files: readonly EstateFile[],
  { owner, clock = () => new Date(), name = files.map((file) => file.name).join(', ') }: EstateSourceOptions,
): Promise<EstateSource> {
  const store = openSqlite(':memory:');
  try {
    await applyEstate({ store, clock, owner }, { files, exact: false, dryRun: false });
  } catch (error) {
    await store.close();
    throw error;
  }
  const accounts = openAccounts(store, clock);
  const access = openAccess({
    store,
    accountExists: async (email) => (await accounts.get(email)) !== undefined,
    accountHome: async (email) => {
      const account = await accounts.get(email);
      return account && { project: account.project, isAgent: account.kind === 'agent' };
    },
  });
  const repositories = openRepositories(store, access);
  const secrets = openSecrets({ store, access, clock });
  const source = roomsSource(name, {
    ...{ store, access, clock, secrets },
    identity: { accounts },
    registry: { repositories, prober: NO_IMAGES },
  });
  return {
    source: {
      ...source,
      manifest: async () => UNTOLD_IMAGE,
      secret: async (resource, version) => versionFact(await source.secret(resource, version), version),
    },
    close: () => store.close(),
  };
}

const UNTOLD_IMAGE: ManifestFact = {
  unknown: true,
  why: 'an estate file does not say which images there are: the pull will tell',
};

/** Never asked: what images there are is answered before. */
const NO_IMAGES: Puller = { pull: async () => ({ ok: false, failure: { kind: 'missing' } }) };

/** A file gives a secret its latest value, or none; of other versions it says nothing. */
function versionFact(fact: SecretFact, version: string): Known<SecretFact> {
  if (fact !== 'missing') return fact;
  return {
    unknown: true,
    why: `an estate file does not say which versions a secret has: ${version} may be there`,
  };
}
