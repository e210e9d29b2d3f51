/** Startup probes: has the container begun to serve? (https://cloud.google.com/run/docs/configuring/healthchecks) */

import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exit, Instance } from '../runtime/index.js';
import type { Probe } from './model.js';
import type { IngressContainer } from './template.js';

/** Cloud Run's default: one TCP probe of the container's port that may take 240 s. */
export function defaultProbe(port: number): Probe {
  return {
    initialDelaySeconds: 0,
    timeoutSeconds: 240,
    periodSeconds: 240,
    failureThreshold: 1,
    check: { kind: 'tcp', port },
  };
}

export type ProbeResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly cause: 'exit'; readonly exit: Exit }
  | { readonly ok: false; readonly cause: 'timeout' };

/** Retry often at first, since most containers listen within milliseconds, then back off to this. */
const LONGEST_PAUSE_MS = 50;

/**
 * Waits until the startup probe succeeds, the container ends, or the probe's whole allowance is used up
 * (initial delay + period × failure threshold).
 */
export async function awaitStartup(
  instance: Instance,
  container: IngressContainer,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const probe = container.startupProbe ?? defaultProbe(container.port.number);
  const ended = new AbortController();
  const exit = instance.exited.then((outcome): ProbeResult => {
    ended.abort();
    return { ok: false, cause: 'exit', exit: outcome };
  });
  const allowance = (probe.initialDelaySeconds + probe.periodSeconds * probe.failureThreshold) * 1000;
  const stop = AbortSignal.any([signal, ended.signal]);
  const serving = poll(instance, probe, performance.now() + allowance, stop);
  const result = await Promise.race([exit, serving]);
  ended.abort();
  return result;
}

async function poll(
  instance: Instance,
  probe: Probe,
  deadline: number,
  stop: AbortSignal,
): Promise<ProbeResult> {
  if (probe.initialDelaySeconds > 0) await pause(probe.initialDelaySeconds * 1000, stop);
  for (
    let wait = 1;
    !stop.aborted && performance.now() < deadline;
    wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)
  ) {
    if (await once(instance, probe)) return { ok: true };
    await pause(wait, stop);
  }
  return { ok: false, cause: 'timeout' };
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}

async function once(instance: Instance, probe: Probe): Promise<boolean> {
  const { check } = probe;
  const socket = await instance.connect(check.port).catch(() => undefined);
  if (!socket) return false;
  if (check.kind === 'tcp') {
    socket.destroy();
    return true;
  }
  return new Promise<boolean>((resolve) => {
    const request = http.request(
      {
        path: check.kind === 'http' ? check.path : '/',
        headers: { host: 'localhost', ...(check.kind === 'http' ? check.headers : {}) },
        createConnection: () => socket,
        timeout: probe.timeoutSeconds * 1000,
      },
      (response) => {
        response.resume();
        socket.destroy();
        resolve((response.statusCode ?? 500) < 400);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}
