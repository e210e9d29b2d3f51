/** Cloud Run's defaults for a template, and when two templates are the same revision. */
import { isDeepStrictEqual } from 'node:util';
import type { Container, ContainerPort, InstanceTemplate, Template } from './model.js';

/** Defaults as the API answers them: docs "Container runtime contract" and a fresh service's describe. */
export const DEFAULTS = {
  port: 8080,
  cpu: '1000m',
  memory: '512Mi',
  concurrency: 80,
  timeoutSeconds: 300,
  maxInstances: 100,
} as const;

/** A container of which only name and image are known. It takes no requests: a service's has a port besides. */
export function defaultContainer(name: string, image: string): Container {
  return {
    name,
    image,
    command: [],
    args: [],
    env: [],
    cpu: DEFAULTS.cpu,
    memory: DEFAULTS.memory,
    cpuIdle: true,
    startupCpuBoost: false,
    dependsOn: [],
    volumeMounts: [],
  };
}

/** The template of a service of which only the image is known. */
export function defaultTemplate(service: string, image: string, serviceAccount: string): Template {
  return {
    labels: {},
    annotations: {},
    client: { name: '', version: '' },
    serviceAccount,
    concurrency: DEFAULTS.concurrency,
    timeoutSeconds: DEFAULTS.timeoutSeconds,
    minInstances: 0,
    maxInstances: DEFAULTS.maxInstances,
    sessionAffinity: false,
    healthCheckDisabled: false,
    containers: [
      { ...defaultContainer(`${service}-1`, image), port: { number: DEFAULTS.port, protocol: 'http1' } },
    ],
    volumes: [],
  };
}

/** A container that takes a service's requests. */
export type IngressContainer = Container & { readonly port: ContainerPort };

const takesRequests = (container: Container): container is IngressContainer => container.port !== undefined;

/** The container of a service's template that takes its requests; parsing has seen to it that there is one. */
export function ingressContainer({ containers }: Pick<InstanceTemplate, 'containers'>): IngressContainer {
  const found = containers.find(takesRequests);
  if (!found) throw new Error('a service has a container with a port');
  return found;
}

/** True when a write with this template needs no new revision. Key order does not count. */
export function sameTemplate(a: InstanceTemplate, b: InstanceTemplate): boolean {
  return isDeepStrictEqual(a, b);
}
