/** For tests: a plane on which deploys are first asked about and then made, to see whether the answer was right. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import type { CheckReport, CheckRequest, ImageReadCheck } from '../../checkpoint/index.js';
import type { EstateDocument } from '../../estate-file/index.js';
import { RUN_COLLECTION } from '../../names/index.js';
import { buildImage, pushImage } from '../../registry/index.js';
import { type Plane, startPlane } from '../start.js';

/** Owns every project of the tests, so as to look and to push; it is never the one that deploys. */
export const OBSERVER = 'user:observer@example.com';

/** What became of a deploy, or what a check says will become of it. */
export type Outcome =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** As far as permissions, images and secrets are concerned. */
  | { readonly kind: 'through' };

/** Nothing runs on these planes: a deploy that came as far as that went through. */
const NOTHING_RUNS = /containers cannot be run here/;

type Json = Readonly<Record<string, unknown>>;

export class Deploys {
  private constructor(
    private readonly plane: Plane,
    private readonly dir: string,
  ) {}

  static async open(imageReadCheck: ImageReadCheck = 'enforce'): Promise<Deploys> {
    const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-foretold-'));
    const plane = await startPlane({
      dataDir: dir,
      memory: true,
      port: 0,
      runtime: 'none',
      owner: OBSERVER,
      imageReadCheck,
    });
    return new Deploys(plane, dir);
  }

  async close(): Promise<void> {
    await this.plane.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async apply(estate: EstateDocument): Promise<void> {
    await this.#admin('apply', { files: [{ name: 'estate.json', text: JSON.stringify(estate) }] });
  }

  async push(name: string): Promise<void> {
    const image = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
    const [, repository = name, tag = 'latest'] = /^(.+?)(?::([^:/]+))?$/.exec(name) ?? [];
    const token = await this.#token(OBSERVER);
    await pushImage({ registryUrl: this.plane.url, name: repository, tag, token, image });
  }

  async foretell(request: CheckRequest): Promise<CheckReport> {
    return (await this.#admin('check', request)) as CheckReport;
  }

  /** Makes the deploy as the one who is asked about, and waits for what becomes of it. */
  async deploy(request: CheckRequest): Promise<Outcome> {
    const { as, project, region, kind, name } = request;
    const answer = await this.call(as, 'POST', ...creation(request));
    if (answer.status >= 400) return { kind: 'refused', message: messageOf(answer.json) };
    const resource = `v2/projects/${project}/locations/${region}/${RUN_COLLECTION[kind]}/${name}`;
    const condition = await vi.waitFor(
      async () => {
        const { json } = await this.call(OBSERVER, 'GET', 'run.googleapis.com', resource);
        const { terminalCondition, reconciling } = json;
        const { state, message = '' } = (terminalCondition ?? {}) as Record<string, string | undefined>;
        if (reconciling === true || (state !== 'CONDITION_SUCCEEDED' && state !== 'CONDITION_FAILED'))
          throw new Error(`${name} is not settled: ${JSON.stringify(json)}`);
        return { state, message };
      },
      { timeout: 20_000, interval: 10 },
    );
    if (condition.state === 'CONDITION_SUCCEEDED' || NOTHING_RUNS.test(condition.message))
      return { kind: 'through' };
    return { kind: 'failed', message: condition.message };
  }

  async call(as: string, verb: string, host: string, target: string, body?: unknown) {
    const response = await fetch(`${this.plane.url}/${host}/${target}`, {
      method: verb,
      headers: { authorization: `Bearer ${await this.#token(as)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Json };
  }

  async #token(as: string): Promise<string> {
    const { token } = (await this.#admin('token', { as })) as { readonly token: string };
    return token;
  }

  async #admin(call: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.plane.url}/sekisho.internal/v1/${call}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.plane.secret}` },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (response.status !== 200) throw new Error(`${call}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

const messageOf = (answer: Json): string =>
  String((answer.error as { readonly message?: unknown } | undefined)?.message ?? answer.message);

/** What a check says will become of the deploy: the first refusal, else the first failure. */
export function foretold({ requirements }: CheckReport): Outcome {
  const denied = requirements.filter(({ verdict }) => verdict === 'denied');
  const refusal = requirements.find(({ effect, verdict }) => effect === 'refuses' && verdict !== 'granted');
  if (refusal) return { kind: 'refused', message: refusal.message ?? '' };
  const failure = denied.find(({ effect }) => effect === 'fails');
  if (!failure) return { kind: 'through' };
  const together = failure.moment === 'start' ? denied.filter(({ moment }) => moment === 'start') : [failure];
  return { kind: 'failed', message: together.map(({ message }) => message).join(' ') };
}

/** Host, target and body of the call that creates the resource. */
function creation(request: CheckRequest): [string, string, unknown] {
  return request.apiVersion === 'v1' ? inV1(request) : inV2(request);
}

const asVariable = (secret: NonNullable<CheckRequest['secrets']>[number], index: number) => ({
  variable: 'env' in secret ? secret.env : `SECRET_${index}`,
  ...secret,
});

function inV2({
  kind,
  project,
  region,
  name,
  images,
  serviceAccount,
  secrets = [],
}: CheckRequest): [string, string, unknown] {
  const env = secrets.map(asVariable).map(({ variable, name: secret, version }) => ({
    name: variable,
    valueSource: { secretKeyRef: { secret, version } },
  }));
  const containers = images.map((image, index) => ({
    image,
    ...(index === 0 ? { env, ...(kind === 'service' && { ports: [{ containerPort: 8080 }] }) } : {}),
  }));
  const instance = { containers, ...(serviceAccount === undefined ? {} : { serviceAccount }) };
  const template = kind === 'job' ? { template: instance } : instance;
  const target = `v2/projects/${project}/locations/${region}/${RUN_COLLECTION[kind]}?${kind}Id=${name}`;
  return ['run.googleapis.com', target, { template }];
}

function inV1({
  kind,
  project,
  region,
  name,
  images,
  serviceAccount,
  secrets = [],
}: CheckRequest): [string, string, unknown] {
  const env = secrets.map(asVariable).map(({ variable, name: secret, version }) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key: version } },
  }));
  const spec = {
    containers: images.map((image, index) => ({
      name: `c${index}`,
      image,
      ...(index === 0 ? { env, ...(kind === 'service' && { ports: [{ containerPort: 8080 }] }) } : {}),
    })),
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
  };
  const job = kind === 'job';
  const group = job ? 'run.googleapis.com/v1' : 'serving.knative.dev/v1';
  const template = job ? { spec: { template: { spec } } } : { spec };
  return [
    `${region}-run.googleapis.com`,
    `apis/${group}/namespaces/${project}/${job ? 'jobs' : 'services'}`,
    {
      apiVersion: group,
      kind: job ? 'Job' : 'Service',
      metadata: { name, namespace: project },
      spec: { template },
    },
  ];
}
