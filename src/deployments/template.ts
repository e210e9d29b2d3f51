/** Cloud Run's defaults for a template, and when two templates are the same revision. */
import { isDeepStrictEqual } from 'node:util';
import type { Template } from './model.js';

/** Defaults as the API answers them: docs "Container runtime contract" and a fresh service's describe. */
export const DEFAULTS = {
  port: 8080,
  cpu: '1000m',
  memory: '512Mi',
  concurrency: 80,
  timeoutSeconds: 300,
  maxInstances: 100,
} as const;

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
    container: {
      name: `${service}-1`,
      image,
      command: [],
      args: [],
      env: [],
      port: DEFAULTS.port,
      cpu: DEFAULTS.cpu,
      memory: DEFAULTS.memory,
      cpuIdle: true,
      startupCpuBoost: false,
    },
  };
}

/** True when a write with this template needs no new revision. Key order does not count. */
export function sameTemplate(a: Template, b: Template): boolean {
  return isDeepStrictEqual(a, b);
}
