/** The form of Cloud Run resources in an estate file. */
import { tags } from './schema-tags.js';

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const;

const common = {
  id: text('Its name.'),
  location: text('A region of Cloud Run.'),
  images: {
    type: 'array',
    minItems: 1,
    items: text('An image, for example us-docker.pkg.dev/cloudrun/container/hello.'),
    description:
      'One per container; in a service, the first takes the requests. With them the resource is made where there is none, as if it had been deployed. Without them only its policy and tags wait for it.',
  },
  serviceAccount: text('The runtime service account; the default compute service account when left out.'),
  secrets: {
    type: 'array',
    items: {
      type: 'object',
      description: 'A version of a secret that the first container has, as env or as mount.',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: text('The id of a secret of the same project, or projects/PROJECT/secrets/ID.'),
        version: { type: 'string', minLength: 1, default: 'latest' },
        env: text('The environment variable that holds it.'),
        mount: text('The path of the file that holds it, for example /secrets/password.'),
      },
    },
  },
  iam: { type: 'array', items: { $ref: '#/$defs/binding' } },
} as const;

export const runResource = {
  type: 'object',
  description:
    'A Cloud Run service or job with its policy and tags. One that is there stays as it is: it is changed by deploys.',
  additionalProperties: false,
  required: ['id', 'location'],
  properties: { ...common, tags },
} as const;

export const runWorkerPool = {
  type: 'object',
  description:
    'A Cloud Run worker pool with its policy. One that is there stays as it is: it is changed by deploys.',
  additionalProperties: false,
  required: ['id', 'location'],
  properties: common,
} as const;
