/** One deploy over the plane's real API, as gcloud would make it: look, create or update, wait, open to the public. */
import type { CheckRequest, RequestedSecret } from '../../checkpoint/index.js';
import { RUN_COLLECTION } from '../../names/index.js';
import type { TestPlane } from '../../testing/index.js';
import { PROVER } from './estate-of-facts.js';

type Json = Readonly<Record<string, unknown>>;

/** What came of it: each refusal and failure, in Google's words, in the order in which they came. */
export interface Attempt {
  readonly messages: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** What a plane without containers says of an instance that would start now: everything before it went well. */
const NOTHING_RUNS = 'containers cannot be run here';

class Caller {
  readonly #plane: TestPlane;
  readonly #token: string;

  constructor(plane: TestPlane, token: string) {
    this.#plane = plane;
    this.#token = token;
  }

  async call(method: string, path: string, body?: Json): Promise<Answer> {
    const answer = await fetch(`${this.#plane.url}/run.googleapis.com/v2/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Json };
  }
}

const messageOf = ({ body }: Answer): string =>
  typeof body.error === 'object' && body.error !== null && 'message' in body.error
    ? String(body.error.message)
    : JSON.stringify(body);

/** Waits on the plane's own side: no polling. */
async function ended(prover: Caller, name: string): Promise<Json> {
  for (;;) {
    const { status, body } = await prover.call('POST', `${name}:wait`, { timeout: '30s' });
    if (status !== 200 || body.done === true) return body;
  }
}

/** @returns the message of an operation that failed for another reason than that nothing can be run */
function failureOf({ error }: Json): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  const message = String(error.message);
  return message.includes(NOTHING_RUNS) ? [] : [message];
}

/** Deploys as the deployer. @param exists whether there is one to be updated */
export async function attempt(plane: TestPlane, request: CheckRequest, exists: boolean): Promise<Attempt> {
  const deployer = new Caller(plane, await plane.token(request.as));
  const prover = new Caller(plane, await plane.token(PROVER));
  const { kind, project, region, name } = request;
  const collection = RUN_COLLECTION[kind];
  const parent = `projects/${project}/locations/${region}/${collection}`;
  const seen = await deployer.call('GET', `${parent}/${name}`);
  // What is not there yet is looked for as well; who may not look is refused either way.
  if (seen.status === 403) return { messages: [messageOf(seen)] };
  const written = exists
    ? await deployer.call('PATCH', `${parent}/${name}`, bodyOf(request))
    : await deployer.call('POST', `${parent}?${kind}Id=${name}`, bodyOf(request));
  if (written.status !== 200) return { messages: [messageOf(written)] };
  const operation = String(written.body.name);
  const followed = await deployer.call('GET', operation);
  const messages = followed.status === 200 ? [] : [messageOf(followed)];
  messages.push(...failureOf(await ended(prover, operation)));
  if (kind !== 'service' || request.allowUnauthenticated !== true) return { messages };
  const opened = await deployer.call('POST', `${parent}/${name}:setIamPolicy`, {
    policy: { bindings: [{ role: 'roles/run.invoker', members: ['allUsers'] }] },
  });
  return { messages: opened.status === 200 ? messages : [...messages, messageOf(opened)] };
}

function bodyOf(request: CheckRequest): Json {
  const { kind, images, serviceAccount, secrets = [] } = request;
  const mounted = secrets.flatMap((secret, index) => ('mount' in secret ? [{ secret, index }] : []));
  const containers = images.map((image, index) => ({
    image,
    ...(images.length > 1 ? { name: `c${index}` } : {}),
    ...(index === 0 && kind === 'service' ? { ports: [{ containerPort: 8080 }] } : {}),
    ...(index === 0 ? { env: secrets.flatMap(variable) } : {}),
    ...(index === 0
      ? { volumeMounts: mounted.map((each) => ({ name: `v${each.index}`, mountPath: `/v${each.index}` })) }
      : {}),
  }));
  const template = {
    containers,
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    volumes: mounted.map(({ secret, index }) => ({
      name: `v${index}`,
      secret: { secret: secret.name, items: [{ path: 'secret', version: secret.version }] },
    })),
  };
  return kind === 'job' ? { template: { template } } : { template };
}

const variable = (secret: RequestedSecret): Json[] =>
  'env' in secret
    ? [
        {
          name: secret.env,
          valueSource: { secretKeyRef: { secret: secret.name, version: secret.version } },
        },
      ]
    : [];
