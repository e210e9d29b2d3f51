/** The form of deny policies and principal access boundaries in an estate file. */

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;
const texts = (description: string) => ({ type: 'array', items: text(description) }) as const;

const common = {
  id: text('Its id, unique where it is.'),
  displayName: { type: 'string' },
  annotations: { type: 'object', additionalProperties: { type: 'string' } },
} as const;

const condition = (description: string) =>
  ({
    type: 'object',
    additionalProperties: false,
    required: ['expression'],
    properties: { title: { type: 'string' }, description: { type: 'string' }, expression: text(description) },
  }) as const;

export const denyPolicy = {
  type: 'object',
  description: 'Takes permissions away, whatever roles grant.',
  additionalProperties: false,
  required: ['id', 'rules'],
  properties: {
    ...common,
    rules: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['deniedPrincipals', 'deniedPermissions'],
        properties: {
          description: { type: 'string' },
          deniedPrincipals: texts('For example principalSet://goog/public:all.'),
          exceptionPrincipals: texts('For example principal://goog/subject/alice@example.com.'),
          deniedPermissions: texts('For example run.googleapis.com/services.delete.'),
          exceptionPermissions: texts('For example run.googleapis.com/services.get.'),
          denialCondition: condition("On the resource's tags."),
        },
      },
    },
  },
} as const;

export const boundaryPolicy = {
  type: 'object',
  description: 'Makes resources eligible for the principals it is bound to, and keeps them from all others.',
  additionalProperties: false,
  required: ['id', 'rules'],
  properties: {
    ...common,
    rules: {
      type: 'array',
      description: 'None: nothing is eligible.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['resources'],
        properties: {
          description: { type: 'string' },
          resources: texts('For example //cloudresourcemanager.googleapis.com/projects/PROJECT_ID.'),
        },
      },
    },
    enforcementVersion: {
      enum: ['1', '2', '3', '4', 'latest'],
      description: 'Which permissions it can block; the version of today when left out.',
    },
    policyBindings: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'target'],
        properties: {
          ...common,
          target: text(
            'A principal set, for example //cloudresourcemanager.googleapis.com/projects/PROJECT_ID.',
          ),
          condition: condition('On principal.type and principal.subject.'),
        },
      },
    },
  },
} as const;
