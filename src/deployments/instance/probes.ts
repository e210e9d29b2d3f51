/** Startup, liveness and readiness probes over time (https://cloud.google.com/run/docs/configuring/healthchecks). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from '../model.js';
import { type Connect, check } from './checks.js';
import type { FailedCheck } from './probe-texts.js';

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

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}

export type Started =
  | { readonly ok: true; readonly attempts: number }
  | { readonly ok: false; readonly attempts: number; readonly last: FailedCheck };

/**
 * Attempts until one succeeds, or as many in a row have failed as may. An attempt waits for the port to open as long
 * as its timeout allows, so that a container is found as soon as it listens.
 * @param stop the container has ended, or nobody wants it any longer
 */
export async function awaitStartup(probe: Probe, connect: Connect, stop: AbortSignal): Promise<Started> {
  await pause(probe.initialDelaySeconds * 1000, stop);
  for (let attempts = 1; ; attempts++) {
    const begun = performance.now();
    const result = await check(probe, connect, 'until-timeout', stop);
    if (result === 'ok') return { ok: true, attempts };
    if (stop.aborted) return { ok: false, attempts, last: 'ended' };
    if (attempts >= probe.failureThreshold) return { ok: false, attempts, last: result };
    await pause(probe.periodSeconds * 1000 - (performance.now() - begun), stop);
  }
}

/**
 * Attempts once each period, for as long as the container runs.
 * @param change called when as many attempts in a row have failed as may, and when one succeeds after that
 */
export async function keepProbing(
  probe: Probe,
  connect: Connect,
  stop: AbortSignal,
  change: (healthy: boolean, failures: number, last: FailedCheck) => void,
): Promise<void> {
  await pause(probe.initialDelaySeconds * 1000, stop);
  let failures = 0;
  while (!stop.aborted) {
    const begun = performance.now();
    const result = await check(probe, connect, 'once', stop);
    if (stop.aborted) return;
    const before = failures;
    failures = result === 'ok' ? 0 : failures + 1;
    if (result === 'ok') {
      if (before >= probe.failureThreshold) change(true, before, 'unhealthy');
    } else if (failures === probe.failureThreshold) change(false, failures, result);
    await pause(probe.periodSeconds * 1000 - (performance.now() - begun), stop);
  }
}
