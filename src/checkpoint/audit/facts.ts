/** An inventory's facts, for judging at once. */
import { parseImage } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { Facts, ManifestFact } from '../types.js';
import type { EstateDecisions } from './decisions.js';
import type { Inventory } from './inventory.js';

/** What an audit takes for granted of deploys that are yet to come. */
export interface FactsOptions {
  /** `assumed`: whoever deploys pushes the image first. `known`: it is looked for. */
  readonly images: 'assumed' | 'known';
  /** Images must run on it, e.g. `linux/amd64`. */
  readonly platform: string;
}

/** The same facts as gatherFactsFrom() gathers from the inventory as a source. */
export function estateFacts(inventory: Inventory, decisions: EstateDecisions, options: FactsOptions): Facts {
  return {
    decide: (principal, permission, resource) =>
      decisions.decide(decisions.who(principal), permission, resource),
    apiEnabled: (project, api) => inventory.apiEnabled(project, api),
    accountExists(email) {
      const account = inventory.account(email);
      if (isUnknown(account)) return account;
      return account !== 'absent' && !account.disabled;
    },
    manifest: (text) =>
      options.images === 'assumed' ? 'present' : manifest(text, inventory, options.platform),
    secret: (resource, version) => inventory.secret(resource, version),
  };
}

function manifest(text: string, inventory: Inventory, platform: string): ManifestFact {
  const parsed = parseImage(text);
  return parsed.ok ? inventory.manifest(parsed.image, platform) : 'missing';
}
