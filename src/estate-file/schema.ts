/**
 * The form of the estate file: the one definition, as a JSON Schema (2020-12). `docs/estate.schema.json` is printed
 * from it. It says which keys there are and of what type; whether ids, members, roles and conditions are good is for
 * the rooms that own them, which the plane asks when it applies a file.
 */
import { boundaryPolicy, denyPolicy } from './schema-governance.js';
import { runResource, runWorkerPool } from './schema-run.js';
import { tagKey, tagKeys, tags } from './schema-tags.js';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

const iam = { type: 'array', items: { $ref: '#/$defs/binding' } } as const;

const auditConfigs = {
  type: 'array',
  items: { $ref: '#/$defs/auditConfig' },
  description: 'Which calls are told in the data access log.',
} as const;

const auditConfig = {
  type: 'object',
  additionalProperties: false,
  required: ['service', 'auditLogConfigs'],
  properties: {
    service: text('An API, for example run.googleapis.com, or allServices.'),
    auditLogConfigs: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['logType'],
        properties: {
          logType: { enum: ['ADMIN_READ', 'DATA_READ', 'DATA_WRITE'] },
          exemptedMembers: { type: 'array', items: text('Whose calls are not told, as in bindings.') },
        },
      },
    },
  },
} as const;

const denyPolicies = { type: 'array', items: { $ref: '#/$defs/denyPolicy' } } as const;

const labels = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Labels. Applying adds to those that are there.',
} as const;

const defaults = {
  type: 'boolean',
  default: true,
  description:
    "False leaves out what comes by itself: the owner's role, the APIs that are enabled from the start, and the roles of service agents and of the default service account. services and iam then say all there is.",
} as const;

const binding = {
  type: 'object',
  description: 'Members that are given a role, as allow policies have it.',
  additionalProperties: false,
  required: ['role', 'members'],
  properties: {
    role: text('For example roles/run.developer.'),
    members: {
      type: 'array',
      minItems: 1,
      items: text(
        'user:EMAIL, serviceAccount:EMAIL, group:EMAIL, domain:DOMAIN, allUsers or allAuthenticatedUsers. A bare e-mail address is a service account when it ends in gserviceaccount.com, and a user otherwise.',
      ),
    },
    condition: {
      type: 'object',
      additionalProperties: false,
      required: ['title', 'expression'],
      properties: {
        title: text('What the condition is about.'),
        description: { type: 'string' },
        expression: text("In CEL, with the attributes of IAM's reference."),
      },
    },
  },
} as const;

const serviceAccount = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: text('What goes before the @ of its address.'),
    displayName: { type: 'string' },
    description: { type: 'string' },
    disabled: { type: 'boolean' },
    iam,
    tags,
  },
} as const;

const repository = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'location'],
  properties: {
    id: text('The repository id, for example docker-repo.'),
    location: text('A region, or one of asia, europe and us.'),
    format: { enum: ['DOCKER'], default: 'DOCKER' },
    description: { type: 'string' },
    labels,
    immutableTags: { type: 'boolean', description: 'True: a tag, once set, cannot be moved or deleted.' },
    upstreamPolicies: {
      type: 'array',
      minItems: 1,
      description: 'Makes it a virtual repository, with these behind it.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'repository'],
        properties: {
          id: text('Unique among its policies.'),
          repository: text('projects/P/locations/L/repositories/R, in the same location.'),
          priority: { type: 'integer', minimum: 0, description: 'Those with higher ones are asked first.' },
        },
      },
    },
    iam,
    tags,
  },
} as const;

const secret = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: text('The secret id, for example db-password.'),
    value: text(
      'What the latest version is to hold; a version is added when it holds something else. Left out by sekisho export: secrets stay in the data directory.',
    ),
    locations: {
      type: 'array',
      minItems: 1,
      items: text('A region.'),
      description: 'Where replicas are to lie; replication is automatic when left out. It cannot be changed.',
    },
    labels,
    annotations: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Annotations. Applying adds to those that are there.',
    },
    iam,
    tags,
  },
} as const;

const settings = {
  displayName: { type: 'string' },
  description: { type: 'string' },
  disabled: { type: 'boolean' },
} as const;

const workloadIdentityPool = {
  type: 'object',
  description: 'A workload identity pool: identities from outside of Google Cloud.',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: text('The pool id, for example github: 4 to 32 lowercase letters, digits and dashes.'),
    ...settings,
    providers: {
      type: 'array',
      items: {
        type: 'object',
        description: 'An OpenID Connect provider of the pool.',
        additionalProperties: false,
        required: ['id', 'issuerUri', 'attributeMapping'],
        properties: {
          id: text('The provider id, for example actions.'),
          ...settings,
          issuerUri: text('For example https://token.actions.githubusercontent.com.'),
          allowedAudiences: {
            type: 'array',
            items: { type: 'string' },
            description: "What tokens may be made out to; the provider's own name when left out.",
          },
          jwksJson: text("The issuer's public keys, a JWK set; the issuer is asked for them when left out."),
          attributeMapping: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'CEL over assertion by what it makes, for example google.subject: assertion.sub.',
          },
          attributeCondition: text('CEL: whose tokens are taken.'),
        },
      },
    },
  },
} as const;

const customRole = {
  type: 'object',
  description: 'A custom role of the project or the organization.',
  additionalProperties: false,
  required: ['id', 'permissions'],
  properties: {
    id: text('The role id, for example deployer: 3 to 64 letters, digits, underscores and periods.'),
    title: { type: 'string', description: 'The id when left out.' },
    description: { type: 'string' },
    stage: { enum: ['ALPHA', 'BETA', 'GA', 'DEPRECATED', 'DISABLED', 'EAP'], default: 'GA' },
    permissions: {
      type: 'array',
      items: text('For example run.services.create.'),
      description: 'All that the role holds.',
    },
  },
} as const;

const project = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: text('The project id.'),
    number: text('The project number, in quotes; drawn at random when left out.'),
    parent: text('folders/NUMBER or organizations/NUMBER.'),
    name: text('The display name; the id when left out.'),
    labels,
    defaults,
    services: {
      type: 'array',
      items: text('An API, for example run.googleapis.com.'),
      description: 'APIs to enable. Service agents, default service account and their roles come with them.',
    },
    serviceAgents: {
      type: 'array',
      items: text('The API whose agent it is.'),
      description: 'Service agents to create although their API is not enabled, or not used yet.',
    },
    iam,
    tags,
    tagKeys,
    auditConfigs,
    customRoles: { type: 'array', items: { $ref: '#/$defs/customRole' } },
    denyPolicies,
    defaultServiceAccount: {
      type: 'object',
      description: 'The default compute service account, NUMBER-compute@developer.gserviceaccount.com.',
      additionalProperties: false,
      properties: {
        displayName: { type: 'string' },
        description: { type: 'string' },
        disabled: { type: 'boolean' },
        iam,
        tags,
      },
    },
    serviceAccounts: { type: 'array', items: { $ref: '#/$defs/serviceAccount' } },
    repositories: { type: 'array', items: { $ref: '#/$defs/repository' } },
    secrets: { type: 'array', items: { $ref: '#/$defs/secret' } },
    workloadIdentityPools: { type: 'array', items: { $ref: '#/$defs/workloadIdentityPool' } },
    runServices: { type: 'array', items: { $ref: '#/$defs/runResource' } },
    runJobs: { type: 'array', items: { $ref: '#/$defs/runResource' } },
    runWorkerPools: { type: 'array', items: { $ref: '#/$defs/runWorkerPool' } },
  },
} as const;

/** The schema as it is published. */
export const estateSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Estate of a Sekisho plane',
  description:
    'Organization, folders, groups and projects with their APIs, policies, service accounts, repositories and secrets. Written by sekisho export, read by sekisho apply and sekisho start --estate.',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', description: 'Where this schema lies, for editors.' },
    organization: {
      type: 'object',
      additionalProperties: false,
      required: ['id'],
      properties: {
        id: text('The organization number, in quotes.'),
        domain: text('For example example.com.'),
        customerId: text('The customer in Google Workspace or Cloud Identity; one of its own when left out.'),
        defaults,
        iam,
        tags,
        tagKeys,
        auditConfigs,
        customRoles: { type: 'array', items: { $ref: '#/$defs/customRole' } },
        denyPolicies,
        principalAccessBoundaryPolicies: { type: 'array', items: { $ref: '#/$defs/boundaryPolicy' } },
      },
    },
    folders: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'parent'],
        properties: {
          id: text('The folder number, in quotes.'),
          parent: text('folders/NUMBER or organizations/NUMBER.'),
          displayName: text('The display name.'),
          denyPolicies,
          iam,
          tags,
          auditConfigs,
        },
      },
    },
    groups: {
      type: 'object',
      description: 'E-mail address of a group: its members. Groups may hold groups.',
      additionalProperties: {
        type: 'array',
        items: text('user:EMAIL, serviceAccount:EMAIL, group:EMAIL or a bare e-mail address.'),
      },
    },
    projects: { type: 'array', items: { $ref: '#/$defs/project' } },
  },
  $defs: {
    auditConfig,
    binding,
    boundaryPolicy,
    customRole,
    denyPolicy,
    serviceAccount,
    repository,
    secret,
    workloadIdentityPool,
    runResource,
    runWorkerPool,
    tagKey,
    project,
  },
} as const;
