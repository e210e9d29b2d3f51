/** The catalogue in English; reports carry their reasons in these words as well. */
import { describeReason, describeResource } from '../iam/index.js';
import type { RunKind } from '../names/index.js';
import type { Asked, Catalogue } from './catalogue.js';
import type { Evidence } from './types.js';

const KINDS: Readonly<Record<RunKind, string>> = {
  service: 'service',
  job: 'job',
  workerPool: 'worker pool',
};

const NEEDS: Readonly<Record<string, string>> = {
  'api-enabled': 'the Cloud Run API to be enabled',
  'image-host-supported': 'an image of a supported registry',
  'agent-exists': 'to exist',
  'image-exists': 'the image to be there',
  'image-platform': 'an image for linux/amd64',
};

function evidence(found: Evidence, { principal, permission }: Asked): string {
  switch (found.kind) {
    case 'api':
      return `${found.api} is ${found.enabled ? 'enabled' : 'not enabled'} in project ${found.project}`;
    case 'account':
      return found.exists ? `${found.email} exists` : `${found.email} does not exist, or is disabled`;
    case 'image-host':
      return {
        none: `${found.image} is in a supported registry`,
        'unsupported-host': `${found.image} is in a registry that Cloud Run does not pull from`,
        malformed: `${found.image} is no image reference`,
      }[found.problem];
    case 'image':
      if (found.present) return `${found.image} is there`;
      return found.containerRegistry
        ? `${found.image} is not there: Container Registry was shut down, and gcr.io is served from the Artifact Registry repository of that name`
        : `${found.image} is not there`;
    case 'platform':
      return found.wrongMediaType === undefined
        ? `${found.image} runs on linux/amd64`
        : `${found.image} has no manifest for linux/amd64 (${found.wrongMediaType})`;
    case 'no-manifest':
      return `${found.image} is not there to look at`;
    case 'unknown':
      return found.why;
    default:
      return describeReason(found, principal, permission);
  }
}

export const english: Catalogue = {
  columns: { moment: 'When', who: 'Who', needs: 'Needs', verdict: 'Verdict, and why' },
  moments: { admission: 'at the call', pull: 'at the pull', start: 'at the start', after: 'afterwards' },
  actors: {
    deployer: 'deployer',
    'service-agent': 'Cloud Run service agent',
    'runtime-account': 'runtime account',
  },
  verdicts: { granted: 'granted', unknown: 'unknown' },
  denied: { refuses: 'denied: refused', fails: 'denied: fails', warns: 'denied: a warning' },
  outcomes: {
    granted: 'Everything needed is granted: this deploy goes through.',
    refused: 'This deploy would be refused, and nothing created.',
    fails: 'This deploy would be accepted, and then fail.',
    warns: 'This deploys, but not without a warning.',
    unknown: 'Nothing is denied, but not everything could be found out.',
  },
  title: ({ kind, name, project, location, deployer }) =>
    `${KINDS[kind]} ${name} in ${project} (${location})${deployer === undefined ? '' : `, deployed by ${deployer}`}`,
  need: (id) => NEEDS[id] ?? id,
  evidence,
  resource: describeResource,
  googleSays: 'Google says:',
  googleWouldSay: 'If it is denied, Google says:',
  logged: 'It deploys; the audit log then says:',
  toMend: 'To mend it, run:',
  nothingToGrant: 'No grant mends this.',
};
