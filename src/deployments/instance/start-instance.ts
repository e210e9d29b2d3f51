/** Starts one instance: secrets, layers, sandbox, then its containers in order, each with its startup probe. */
import { type Executor, type Sandbox, StartFailure } from '../../runtime/index.js';
import type { Container } from '../model.js';
import { readSecrets, type SecretPayloads } from '../read-secrets.js';
import { InstanceFailure } from './failure.js';
import { type Linked, linked } from './linked.js';
import { containerEnded, type ProbeOf, probeFailed, probeSucceeded } from './probe-texts.js';
import { awaitStartup, defaultProbe, keepProbing } from './probes.js';
import { GRACE_MS, Running } from './running.js';
import { containerSpec, type Given, imageOf, layersOf, portsOf, volumesOf } from './specs.js';
import { trustFor } from './trust.js';
import type { InstanceDependencies, InstanceRequest, RunningInstance } from './types.js';

/**
 * Starts an instance and resolves when all of its containers have started and their startup probes have succeeded.
 * @param signal gives the start up; once the instance has started it does nothing any longer
 * @throws InstanceFailure when it does not come up; BadLayer for an image that cannot be unpacked. Nothing is left then.
 */
export async function startInstance(
  request: InstanceRequest,
  deps: InstanceDependencies,
  signal: AbortSignal,
): Promise<RunningInstance> {
  const { id, owner, template, reason } = request;
  const system = deps.events.system.bind(deps.events, owner, id);
  if (reason !== '') system('INFO', `Starting new instance. Reason: ${reason}`);
  const executor = await deps.executor();
  const payloads = await readPayloads(request, deps);
  for (const container of template.containers)
    await executor.prepare(layersOf(imageOf(request, container), deps.openBlob));
  giveUpIf(signal);
  const given = { payloads, trust: await trustFor(executor, deps) };
  const sandbox = await open(executor, request, deps, given);
  const { projectNumber } = request;
  deps.registry.add({ id, owner, projectNumber, serviceAccount: template.serviceAccount });
  const rules = { containers: template.containers.length, untilAllSucceed: owner.kind === 'job' };
  const report = (name: string, exit: Parameters<typeof containerEnded>[1]) => {
    const { severity, text } = containerEnded(containerNamed(template.containers, name), exit);
    system(severity, text);
  };
  const running = new Running(sandbox, rules, report, (error) => {
    deps.registry.remove(id);
    if (error instanceof Error) system('ERROR', `The instance could not be cleaned up: ${error.message}`);
  });
  const start = new Start(request, deps, executor, sandbox, running, given, signal);
  try {
    await start.all();
  } catch (error) {
    // What failed by itself has nothing to finish; what never listened may have.
    const probed = error instanceof InstanceFailure && error.outcome.cause === 'probe';
    await running.stop(probed ? GRACE_MS : 0);
    throw error;
  }
  return running;
}

function containerNamed(containers: readonly Container[], name: string): Container {
  const found = containers.find((container) => container.name === name);
  if (!found) throw new Error(`the template has no container ${name}`);
  return found;
}

function giveUpIf(signal: AbortSignal): void {
  if (signal.aborted)
    throw new InstanceFailure('the instance is not wanted any longer', { cause: 'stopped' });
}

async function readPayloads(
  { owner, projectNumber, template, id }: InstanceRequest,
  deps: InstanceDependencies,
): Promise<SecretPayloads> {
  const read = await readSecrets(owner.kind, { project: owner.project, projectNumber }, template, deps);
  if (read.ok) return read.payloads;
  const { message } = read.failure;
  deps.events.system(owner, id, 'ERROR', message);
  throw new InstanceFailure(message, { cause: 'secrets' });
}

/** Says in the log why nothing could be started, and makes it the instance's failure. */
function notStarted(
  error: unknown,
  executor: Executor,
  { owner, id }: InstanceRequest,
  deps: InstanceDependencies,
): unknown {
  if (!(error instanceof StartFailure)) return error;
  deps.events.system(owner, id, 'ERROR', error.message);
  return new InstanceFailure(error.message, { cause: executor.name === 'none' ? 'no-runtime' : 'start' });
}

async function open(
  executor: Executor,
  request: InstanceRequest,
  deps: InstanceDependencies,
  given: Given,
): Promise<Sandbox> {
  const { id, template } = request;
  try {
    const volumes = volumesOf(template, given);
    return await executor.open({ id, hostname: 'localhost', volumes, ports: portsOf(template) });
  } catch (error) {
    throw notStarted(error, executor, request, deps);
  }
}

/** The containers' start: each as soon as those it depends on have started. */
class Start {
  readonly #started = new Map<string, Promise<void>>();
  readonly #over: Linked;

  constructor(
    private readonly request: InstanceRequest,
    private readonly deps: InstanceDependencies,
    private readonly executor: Executor,
    private readonly sandbox: Sandbox,
    private readonly running: Running,
    private readonly given: Given,
    private readonly signal: AbortSignal,
  ) {
    this.#over = linked(signal, running.over);
  }

  /** @throws InstanceFailure of the first that fails, once the others have given up too */
  async all(): Promise<void> {
    const { containers } = this.request.template;
    let failure: unknown;
    const each = containers.map((container) =>
      this.#container(container, []).catch((error: unknown) => {
        failure ??= error;
        this.#over.abort();
      }),
    );
    await Promise.all(each);
    this.#over.unlink();
    giveUpIf(this.signal);
    if (failure !== undefined) throw failure;
  }

  /** @param above those that wait for it */
  #container(container: Container, above: readonly string[]): Promise<void> {
    const known = this.#started.get(container.name);
    if (known) return known;
    const { containers } = this.request.template;
    const path = [...above, container.name];
    const circle = container.dependsOn.find((name) => path.includes(name));
    if (circle !== undefined) throw new Error(`containers ${path.join(', ')} depend on each other`);
    const before = container.dependsOn.map((name) => this.#container(containerNamed(containers, name), path));
    const started = Promise.all(before).then(() => this.#start(container));
    this.#started.set(container.name, started);
    return started;
  }

  async #start(container: Container): Promise<void> {
    const { request, deps, executor, running } = this;
    if (this.#over.signal.aborted) return this.#giveUp();
    try {
      running.add(await this.sandbox.start(containerSpec(container, request, this.given, deps)));
    } catch (error) {
      throw notStarted(error, executor, request, deps);
    }
    await this.#awaitStartup(container);
    watch(container, running, request, deps);
  }

  async #awaitStartup(container: Container): Promise<void> {
    const probe = startupProbe(container, this.request);
    if (probe === undefined) return;
    const { owner, id } = this.request;
    const connect = this.sandbox.connect.bind(this.sandbox);
    const result = await awaitStartup(probe.probe, connect, this.#over.signal);
    if (result.ok) {
      this.deps.events.system(owner, id, 'INFO', probeSucceeded(probe, result.attempts));
      return;
    }
    const first = this.running.first;
    const itself = first?.container === container.name;
    if (result.last === 'ended' && !itself) return this.#giveUp();
    this.deps.events.system(owner, id, 'ERROR', probeFailed(probe, result.attempts, result.last));
    if (first && itself) throw endedTooEarly(id, first.container, first.exit);
    throw new InstanceFailure(`instance ${id} did not start: the startup probe of ${container.name} failed`, {
      cause: 'probe',
      container: container.name,
      ...(probe.kind === 'STARTUP' ? { probe: probe.probe } : {}),
    });
  }

  /** The start is over, through no fault of the container that gives up. */
  #giveUp(): never {
    const { first } = this.running;
    if (first) throw endedTooEarly(this.request.id, first.container, first.exit);
    throw new InstanceFailure('the instance is not wanted any longer', { cause: 'stopped' });
  }
}

function endedTooEarly(
  id: string,
  container: string,
  exit: Parameters<typeof containerEnded>[1],
): InstanceFailure {
  return new InstanceFailure(`instance ${id} did not start: container ${container} exited (${exit.code})`, {
    cause: 'exit',
    container,
    exit,
  });
}

/** The container's own, or for a service's ingress container the default. */
function startupProbe(
  { name, port, startupProbe: own }: Container,
  { defaultStartupProbe }: InstanceRequest,
): ProbeOf | undefined {
  if (own) return { kind: 'STARTUP', container: name, probe: own };
  if (!defaultStartupProbe || port === undefined) return undefined;
  return { kind: 'Default STARTUP', container: name, probe: defaultProbe(port.number) };
}

/** Liveness and readiness, from the moment the container has started. */
function watch(
  { name, livenessProbe, readinessProbe }: Container,
  running: Running,
  { owner, id }: InstanceRequest,
  { events }: InstanceDependencies,
): void {
  const connect = running.connect.bind(running);
  if (livenessProbe) {
    const probe = { kind: 'LIVENESS', container: name, probe: livenessProbe } as const;
    void keepProbing(livenessProbe, connect, running.over, (healthy, failures, last) => {
      if (healthy) return;
      events.system(owner, id, 'ERROR', probeFailed(probe, failures, last));
      void running.kill(name);
    });
  }
  if (readinessProbe) {
    const probe = { kind: 'READINESS', container: name, probe: readinessProbe } as const;
    void keepProbing(readinessProbe, connect, running.over, (healthy, failures, last) => {
      if (healthy) events.system(owner, id, 'INFO', probeSucceeded(probe, 1));
      else events.system(owner, id, 'WARNING', probeFailed(probe, failures, last));
      running.setReady(name, healthy);
    });
  }
}
