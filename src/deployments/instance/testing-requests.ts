/** For tests: requests for instances, and what starting one takes, on an executor that runs no processes. */
import type { Container } from '../model.js';
import { defaultContainer } from '../template.js';
import { TestExecutor } from '../testing-executor.js';
import { instanceRegistry } from './registry.js';
import type { InstanceDependencies, InstanceRequest } from './types.js';

export interface StartFixture {
  readonly executor: TestExecutor;
  readonly deps: InstanceDependencies;
  /** `SEVERITY text` of the system log. */
  readonly notes: string[];
  /** `container stream line` of the containers' output. */
  readonly lines: string[];
}

/** @param secrets payloads by `secret/version`; those that are not here are missing */
export function startFixture(secrets: Readonly<Record<string, string>> = {}): StartFixture {
  const executor = new TestExecutor();
  const notes: string[] = [];
  const lines: string[] = [];
  const deps: InstanceDependencies = {
    executor: async () => executor,
    openBlob: () => () => {
      throw new Error('the images have no layers');
    },
    events: {
      output: (_owner, _id, container, stream, line) => lines.push(`${container ?? '-'} ${stream} ${line}`),
      system: (_owner, _id, severity, text) => notes.push(`${severity} ${text}`),
    },
    secrets: {
      access: async (_principal, { secret, version }) => {
        const payload = secrets[`${secret}/${version}`];
        return payload === undefined
          ? { ok: false, cause: 'missing' }
          : { ok: true, payload: Buffer.from(payload) };
      },
    },
    clock: () => new Date(0),
    registry: instanceRegistry(),
  };
  return { executor, deps, notes, lines };
}

/** A container that takes requests on port 8080. */
export const appContainer = (change: Partial<Container> = {}): Container => ({
  ...defaultContainer('app', 'image'),
  port: { number: 8080, protocol: 'http1' },
  ...change,
});

/** An instance of a service's revision with these containers. */
export function requestOf(
  containers: readonly Container[],
  change: Partial<InstanceRequest> = {},
): InstanceRequest {
  const image = { digest: 'h/p/r/i@sha256:0', config: { config: { Cmd: ['/app'] } }, layers: [] };
  return {
    id: 'web-1',
    owner: { kind: 'service', project: 'p', location: 'us-central1', service: 'web', revision: 'web-1' },
    projectNumber: '1',
    template: { serviceAccount: 'sa@example.com', containers, volumes: [] },
    imported: Object.fromEntries(containers.map(({ name }) => [name, image])),
    environment: () => ({ K_SERVICE: 'web' }),
    defaultStartupProbe: true,
    reason: 'a test',
    ...change,
  };
}
