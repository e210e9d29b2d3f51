/**
 * The admin calls of the estate.
 *
 * - `POST /v1/apply` takes `{files: [{name, text}], prune, dryRun}` and answers `{changes, unchanged}`;
 *   INVALID_ARGUMENT, with a line for each problem, when the files cannot be applied
 * - `POST /v1/export` takes `{format: "yaml" | "json"}` and answers `{text, notes}`
 * - `POST /v1/reset` takes `{}` and answers `{projects}`, the number of projects that are gone
 */
import { invalidArgument, isJsonObject, type JsonObject, type JsonValue } from '../../google/index.js';
import type { Store } from '../../store/index.js';
import type { ApplyRequest, EstateDeps } from './apply.js';
import { EstateError } from './problems.js';
import type { EstateFile } from './read.js';
import type { ResetDeps } from './reset.js';

type AdminCall = (body: JsonObject) => Promise<unknown>;

export interface EstateCallDeps extends EstateDeps, ResetDeps {
  /** The store in which changes of access take effect at once. */
  readonly immediate: Store;
  /** Hears what fails after a call has been answered. */
  readonly onError: (error: unknown) => void;
}

/** What answers each of them is loaded at its first call: most planes hear none, and all of them start. */
export function estateCalls(deps: EstateCallDeps): Readonly<Record<string, AdminCall>> {
  return {
    'POST /v1/apply': async (body) => {
      const request = parseApply(body);
      const { applyEstate } = await import('./apply.js');
      try {
        const report = await applyEstate(deps, request);
        if (request.exact && !request.dryRun) cleanUp(deps).catch(deps.onError);
        return report;
      } catch (error) {
        throw error instanceof EstateError ? invalidArgument(error.message) : error;
      }
    },
    'POST /v1/export': async ({ format = 'yaml' }) => {
      if (format !== 'yaml' && format !== 'json') throw invalidArgument('format is yaml or json.');
      const [{ exportEstate }, { estateText }] = await Promise.all([
        import('./export.js'),
        import('./format.js'),
      ]);
      const { document, notes } = await exportEstate(deps);
      return { text: await estateText(document, format), notes };
    },
    'POST /v1/reset': async () => (await import('./reset.js')).resetPlane({ ...deps, store: deps.immediate }),
  };
}

/** Keys of accounts and blobs of repositories that are gone: what is not done now, the plane's upkeep does later. */
async function cleanUp({ identity, registry }: ResetDeps): Promise<void> {
  await identity.sweepDeletedAccounts();
  await registry.collectGarbage();
}

function parseApply({ files, prune = false, dryRun = false }: JsonObject): ApplyRequest {
  if (!Array.isArray(files) || files.length === 0) throw invalidArgument('files must not be empty.');
  if (typeof prune !== 'boolean' || typeof dryRun !== 'boolean') {
    throw invalidArgument('prune and dryRun are true or false.');
  }
  return { files: files.map(parseFile), exact: prune, dryRun };
}

function parseFile(file: JsonValue | undefined): EstateFile {
  if (isJsonObject(file) && typeof file.name === 'string' && typeof file.text === 'string') {
    return { name: file.name, text: file.text };
  }
  throw invalidArgument('A file has a name and a text.');
}
