/** The form of tags in an estate file: keys with their values, and what is attached. */

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

export const tags = {
  type: 'object',
  additionalProperties: { type: 'string', minLength: 1 },
  description:
    "Tags attached to it: a key's namespaced name, ORGANIZATION_NUMBER/KEY or PROJECT_ID/KEY, and the short name of a value. Applying adds to those that are there.",
} as const;

const common = {
  id: text('The short name, for example env.'),
  number: text('What follows tagKeys/ or tagValues/, in quotes; drawn at random when left out.'),
  description: { type: 'string' },
  iam: { type: 'array', items: { $ref: '#/$defs/binding' } },
} as const;

export const tagKey = {
  type: 'object',
  description: 'A tag key with its values.',
  additionalProperties: false,
  required: ['id'],
  properties: {
    ...common,
    values: {
      type: 'array',
      items: { type: 'object', additionalProperties: false, required: ['id'], properties: common },
    },
  },
} as const;

export const tagKeys = { type: 'array', items: { $ref: '#/$defs/tagKey' } } as const;
