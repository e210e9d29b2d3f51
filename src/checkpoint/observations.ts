/** What the facts say where no allow policy decides: each answer with the finding that explains it. */
import { type ImageReference, splitResource } from '../names/index.js';
import { unsupportedPlatform } from './refusals.js';
import { type Answer, isUnknown } from './rule.js';
import { agentToCome } from './stand-ins.js';
import type { WrittenImage } from './subjects.js';
import type { Facts, SecretUse, Unknown } from './types.js';

function unknown({ why, cause }: Unknown): Answer {
  return { verdict: 'unknown', finding: { kind: 'unknown', why, ...(cause && { cause }) } };
}

export function apiIsEnabled(facts: Facts, project: string, api: string): Answer {
  const enabled = facts.apiEnabled(project, api);
  if (isUnknown(enabled)) return unknown(enabled);
  return { verdict: enabled ? 'granted' : 'denied', finding: { kind: 'api', api, project, enabled } };
}

export function accountExists(facts: Facts, email: string): Answer {
  const exists = facts.accountExists(email);
  if (isUnknown(exists)) return unknown(exists);
  return { verdict: exists ? 'granted' : 'denied', finding: { kind: 'account', email, exists } };
}

/** The answer about an account whose address depends on a project number that is not known. */
export function addressUnknown(project: string): Answer {
  return unknown({
    unknown: true,
    why: `the number of project ${project} is not known, so neither is its service agent`,
    cause: 'number-not-known',
  });
}

/** The answer about a runtime account whose address is not known before it is there. */
export function accountUnknown(): Answer {
  return unknown({ unknown: true, why: "the runtime account's address is not known before it is created" });
}

/** An agent that only a plan knows of, in a project without a number: there, or not known to be. */
export function agentToComeExists(facts: Facts, project: string): Answer {
  const answer = accountExists(facts, agentToCome(project).email);
  return answer.verdict === 'granted' ? answer : addressUnknown(project);
}

export function hostIsSupported({ parsed, text }: WrittenImage): Answer {
  const problem = parsed.ok ? 'none' : parsed.reason;
  return { verdict: parsed.ok ? 'granted' : 'denied', finding: { kind: 'image-host', image: text, problem } };
}

/** A manifest for another platform is there, too; that is the next requirement's business. */
export function imageExists(facts: Facts, image: ImageReference): Answer {
  const found = facts.manifest(image.text);
  if (isUnknown(found)) return unknown(found);
  const present = found !== 'missing';
  const containerRegistry = image.registry === 'artifact-registry' && image.host.endsWith('gcr.io');
  return {
    verdict: present ? 'granted' : 'denied',
    finding: { kind: 'image', image: image.text, present, containerRegistry },
  };
}

/** Nothing can be said about the platform of a manifest that is not there. */
export function platformFits(facts: Facts, image: ImageReference): Answer {
  const found = facts.manifest(image.text);
  if (isUnknown(found)) return unknown(found);
  if (found === 'missing') return { verdict: 'unknown', finding: { kind: 'no-manifest', image: image.text } };
  return found === 'present'
    ? { verdict: 'granted', finding: { kind: 'platform', image: image.text } }
    : {
        verdict: 'denied',
        finding: { kind: 'platform', image: image.text, wrongMediaType: found.wrongPlatform },
        refusal: unsupportedPlatform(found.wrongPlatform),
      };
}

/** A version that is disabled or destroyed is as good as none. */
export function secretExists(facts: Facts, { resource, version }: SecretUse): Answer {
  const found = facts.secret(resource, version);
  if (isUnknown(found)) return unknown(found);
  const present = found === 'present';
  const secret = `${splitResource(resource).path}/versions/${version}`;
  return { verdict: present ? 'granted' : 'denied', finding: { kind: 'secret', secret, present } };
}
