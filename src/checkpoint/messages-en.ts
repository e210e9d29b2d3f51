/** The catalogue in English; reports carry their reasons in these words as well. */
import { describeResource } from '../iam/index.js';
import type { RunKind } from '../names/index.js';
import type { Catalogue } from './catalogue.js';
import type { Holder } from './explain/holders.js';
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
  'secret-exists': 'the secret to be there',
  'not-judged': 'what is not judged',
};

function binding(reason: Extract<Evidence, { kind: 'binding' }>): string {
  const { role, member, level, grants, condition } = reason;
  const through = /^(?:user|serviceAccount):/.test(member) ? '' : ` through ${member}`;
  const granted = `${role} on ${describeResource(level)}${through}`;
  if (!condition) return grants ? granted : `${granted} grants nothing`;
  const named = `${granted}, ${grants ? 'as' : 'but'} its condition "${condition.title}"`;
  const note = condition.note === undefined ? '' : ` (${condition.note})`;
  switch (condition.value) {
    case 'true':
      return `${named} is met`;
    case 'false':
      return `${named} is not met: ${condition.expression}`;
    case 'error':
      return `${named} cannot be evaluated${note}: ${condition.expression}`;
    case 'unknown':
      return `${named} may be met or not${note}: ${condition.expression}`;
  }
}

function denial(reason: Extract<Evidence, { kind: 'deny-rule' }>): string {
  const { policy, rule, level, principal, exempt, denies } = reason;
  const named = `rule ${rule} of deny policy ${policy} on ${describeResource(level)}`;
  if (!denies)
    return `${named} may deny it, to ${principal}: whether that includes this principal is not known`;
  const exception =
    exempt === undefined ? '' : `the rule needs ${exempt} among its exception principals, or `;
  return `${named} denies it to ${principal}. No role helps: ${exception}the policy has to change`;
}

const because = ({ why }: { readonly why?: string }) => (why === undefined ? '' : `: ${why}`);

const holder = ({ member, role, level, conditional }: Holder) =>
  `${member} (${role} on ${describeResource(level)}${conditional ? ', under a condition' : ''})`;

function evidence(found: Evidence): string {
  switch (found.kind) {
    case 'deny-rule':
      return denial(found);
    case 'unreadable-deny-policies':
      return `the deny policies of ${describeResource(found.level)} could not be read${because(found)}`;
    case 'boundary':
      return found.blocks
        ? `principal access boundaries (${found.policies.join(', ')}) keep the principal from ${describeResource(found.level)}. No role helps: a rule has to name it, or something above it`
        : `principal access boundaries (${found.policies.join(', ')}) may keep the principal from ${describeResource(found.level)}: whether they cover it is not known`;
    case 'unreadable-boundaries':
      return `the principal access boundaries could not be read${because(found)}`;
    case 'propagating':
      return `still propagating: ${{ granted: 'granted', denied: 'denied', unknown: 'not known' }[found.becomes]} from ${found.at}`;
    case 'binding':
      return binding(found);
    case 'roles-lack-permission':
      return `${found.roles.join(', ')} on ${describeResource(found.level)}: without this permission`;
    case 'no-binding':
      return `no role on ${describeResource(found.level)}`;
    case 'unreadable-policy':
      return `the policy of ${describeResource(found.level)} could not be read${because(found)}`;
    case 'unreadable-group':
      return `${found.role} on ${describeResource(found.level)} goes to ${found.member}, whose members are not known${because(found)}`;
    case 'unknown-role':
      return `${found.role} on ${describeResource(found.level)}: what this role contains is not known${because(found)}`;
    case 'anonymous':
      return 'nobody is signed in';
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
    case 'secret':
      return found.present ? `${found.secret} is there` : `${found.secret} is not there, or not enabled`;
    case 'open':
      return `${found.field}: ${found.why}`;
    case 'no-manifest':
      return `${found.image} is not there to look at`;
    case 'unknown':
      return found.why;
  }
}

export const english: Catalogue = {
  columns: { verdict: 'Verdict', moment: 'When', who: 'Who', needs: 'Needs, and has by what' },
  moments: { admission: 'at the call', pull: 'at the pull', start: 'at the start', after: 'afterwards' },
  actors: {
    deployer: 'deployer',
    'service-agent': 'service agent',
    'registry-agent': 'registry agent',
    'runtime-account': 'runtime account',
  },
  verdicts: { granted: 'granted', unknown: 'unknown' },
  denied: { refuses: 'refused', fails: 'fails', warns: 'warns' },
  outcomes: {
    granted: 'Everything needed is granted: this deploy goes through.',
    refused: 'This deploy would be refused, and nothing created.',
    fails: 'This deploy would be accepted, and then fail.',
    warns: 'This deploys, but not without a warning.',
    unknown: 'Nothing is denied, but not everything could be found out.',
  },
  title: ({ kind, name, project, location }) => `${KINDS[kind]} ${name} in ${project} (${location})`,
  image: 'image',
  need: (id) => NEEDS[id] ?? id,
  evidence,
  resource: describeResource,
  holders: (holders) => `who has it: ${holders.map(holder).join('; ')}`,
  permissionOn: (permission, resource) => [permission, `on ${describeResource(resource)}`],
  googleSays: 'Google says:',
  googleWouldSay: 'If it is denied, Google says:',
  logged: 'It deploys, and the audit log says:',
  toMend: 'To mend it, run:',
};
