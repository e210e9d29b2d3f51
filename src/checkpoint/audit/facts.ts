/** An inventory's facts, for judging at once. */
import { type ImageReference, parseImage, repositoryOfImage } from '../../names/index.js';
import { isUnknown } from '../rule.js';
import type { Facts, ManifestFact, Unknown } from '../types.js';
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
  // Several requirements ask for the same image, one after the other.
  let last: { readonly text: string; readonly fact: ManifestFact } | undefined;
  return {
    decide: (principal, permission, resource) =>
      decisions.decide(decisions.who(principal), permission, resource),
    apiEnabled: (project, api) => inventory.apiEnabled(project, api),
    accountExists(email) {
      const account = inventory.account(email);
      if (isUnknown(account)) return account;
      return account !== 'absent' && !account.disabled;
    },
    manifest(text) {
      if (last?.text !== text) last = { text, fact: manifest(text, inventory, options) };
      return last.fact;
    },
    secret: (resource, version) => inventory.secret(resource, version),
  };
}

function manifest(text: string, inventory: Inventory, { images, platform }: FactsOptions): ManifestFact {
  const parsed = parseImage(text);
  if (!parsed.ok) return images === 'assumed' ? 'present' : 'missing';
  const { image } = parsed;
  return images === 'assumed'
    ? (unreadable(image, inventory) ?? 'present')
    : manifestIn(inventory, image, platform);
}

/** What a pull of the image would find: nobody knows where nobody knows what its repository reads. */
export function manifestIn(inventory: Inventory, image: ImageReference, platform: string): ManifestFact {
  return unreadable(image, inventory) ?? inventory.manifest(image, platform);
}

/** A repository may read from others, for which somebody needs permissions. */
function unreadable(image: ImageReference, inventory: Inventory): Unknown | undefined {
  if (image.registry !== 'artifact-registry') return undefined;
  const repository = inventory.repository(repositoryOfImage(image));
  return isUnknown(repository) ? repository : undefined;
}
