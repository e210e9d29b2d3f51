/** Looks at the plane, as the owner: what the demo says has changed is what it found here. */
import { fetchToken, type RunningPlane } from '../../plane/clients/index.js';
import { at, listAt, textAt } from './json.js';
import { callApi } from './plane-calls.js';
import type { Measure } from './story.js';

export const REGION = 'asia-northeast1';

/** What was found; `holds` says whether it is what the story expects. */
export interface Finding {
  readonly holds: boolean;
  readonly measure: Measure;
  /** The number found, or the service's revision and how much of the traffic it gets. */
  readonly found: { readonly count: number } | ServiceState;
}

export interface ServiceState {
  readonly url: string;
  readonly ready: string;
  /** Empty when none is. */
  readonly readyRevision: string;
  readonly percent: number;
}

/** Looks at one plane. */
export class Probe {
  readonly #plane: RunningPlane;
  #token: Promise<string> | undefined;

  constructor(plane: RunningPlane) {
    this.#plane = plane;
  }

  async projectNumber(project: string): Promise<string> {
    return textAt(
      await this.#get('cloudresourcemanager.googleapis.com', `/v1/projects/${project}`),
      'projectNumber',
    );
  }

  async service(project: string, name: string): Promise<ServiceState> {
    const path = `/apis/serving.knative.dev/v1/namespaces/${project}/services/${name}`;
    return serviceState(await this.#get(`${REGION}-run.googleapis.com`, path));
  }

  async services(project: string): Promise<number> {
    const path = `/v1/projects/${project}/locations/-/services`;
    return listAt(await this.#get('run.googleapis.com', path), 'items').length;
  }

  async logEntries(project: string, query: string): Promise<number> {
    const body = { resourceNames: [`projects/${project}`], filter: query, pageSize: 1000 };
    return listAt(await this.#call('POST', 'logging.googleapis.com', '/v2/entries:list', body), 'entries')
      .length;
  }

  async find(measure: Measure): Promise<Finding> {
    switch (measure.kind) {
      case 'nothing-created': {
        const count = await this.services(measure.project);
        return { holds: count === measure.services, measure, found: { count } };
      }
      case 'log-entries': {
        const count = await this.logEntries(measure.project, measure.query);
        return { holds: count === measure.entries, measure, found: { count } };
      }
      case 'not-ready': {
        const found = await this.service(measure.project, measure.service);
        return { holds: found.ready === 'False' && found.readyRevision === '', measure, found };
      }
      case 'serving': {
        const found = await this.service(measure.project, measure.service);
        return { holds: found.ready === 'True' && found.percent === 100, measure, found };
      }
    }
  }

  #get(host: string, path: string): Promise<unknown> {
    return this.#call('GET', host, path);
  }

  async #call(verb: 'GET' | 'POST', host: string, path: string, body?: unknown): Promise<unknown> {
    this.#token ??= fetchToken(this.#plane, this.#plane.owner);
    const { status, text, json } = await callApi(this.#plane, await this.#token, verb, host, path, { body });
    if (status !== 200) throw new Error(`${verb} ${host}${path}: ${status} ${text}`);
    return json;
  }
}

function serviceState(service: unknown): ServiceState {
  const ready = listAt(service, 'status', 'conditions').find(
    (condition) => at(condition, 'type') === 'Ready',
  );
  const readyRevision = at(service, 'status', 'latestReadyRevisionName');
  const percents = listAt(service, 'status', 'traffic')
    .filter((target) => at(target, 'revisionName') === readyRevision || at(target, 'latestRevision') === true)
    .map((target) => Number(at(target, 'percent') ?? 0));
  return {
    url: printedUrl(service),
    ready: String(at(ready, 'status') ?? 'Unknown'),
    readyRevision: typeof readyRevision === 'string' ? readyRevision : '',
    percent: percents.reduce((sum, percent) => sum + percent, 0),
  };
}

/** The URL that gcloud prints: the first of the deterministic ones, which an annotation lists. */
export function printedUrl(service: unknown): string {
  const listed = at(service, 'metadata', 'annotations', 'run.googleapis.com/urls');
  const urls: unknown = typeof listed === 'string' ? JSON.parse(listed) : [];
  const first = at(urls, 0) ?? at(service, 'status', 'url');
  return typeof first === 'string' ? first : '';
}
