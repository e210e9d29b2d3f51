/** Which service a host names and which revision serves the next request: kept in memory, fed by the store's watch. */
import type { Store } from '../store/index.js';
import type { ServiceRecord } from './model.js';
import { projectHash, type ServiceHost } from './urls.js';

export class Routes {
  /** `NUMBER/LOCATION/NAME` and `HASH/LOCATION/NAME` → service. */
  readonly #byHost = new Map<string, ServiceRecord>();
  readonly #byKey = new Map<string, readonly string[]>();
  #unwatch: () => void = () => undefined;

  constructor(private readonly store: Store) {}

  async start(): Promise<void> {
    this.#unwatch = this.store.watch('run/services/', (changes) => {
      for (const change of changes) this.#set(change.key, change.value as ServiceRecord | undefined);
    });
    for (const row of await this.store.list<ServiceRecord>('run/services/')) this.#set(row.key, row.value);
  }

  close(): void {
    this.#unwatch();
  }

  find({ name, location, project }: ServiceHost): ServiceRecord | undefined {
    return this.#byHost.get(`${'number' in project ? project.number : project.hash}/${location}/${name}`);
  }

  /** The revisions that a request may go to: the tag's, or those that get a share. */
  candidates(service: ServiceRecord, tag: string | undefined): readonly string[] {
    return service.traffic
      .filter((target) => (tag === undefined ? target.percent > 0 : target.tag === tag))
      .map(({ revisionName }) => revisionName);
  }

  /** The revision for one request: the tag's, or one drawn by the percentages. */
  choose(service: ServiceRecord, tag: string | undefined): string | undefined {
    if (tag !== undefined) return this.candidates(service, tag)[0];
    const total = service.traffic.reduce((sum, target) => sum + target.percent, 0);
    let draw = Math.random() * total;
    for (const target of service.traffic) {
      draw -= target.percent;
      if (draw < 0) return target.revisionName;
    }
    return undefined;
  }

  #set(key: string, service: ServiceRecord | undefined): void {
    for (const host of this.#byKey.get(key) ?? []) this.#byHost.delete(host);
    this.#byKey.delete(key);
    if (!service || service.spec.defaultUriDisabled) return;
    const hosts = [service.projectNumber, projectHash(service.projectNumber)].map(
      (project) => `${project}/${service.location}/${service.name}`,
    );
    for (const host of hosts) this.#byHost.set(host, service);
    this.#byKey.set(key, hosts);
  }
}
