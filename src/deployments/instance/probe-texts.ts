/** What Cloud Run's system log says of probes and exits, in its words. */
import type { Exit } from '../../runtime/index.js';
import type { Container, Probe } from '../model.js';
import type { CheckResult } from './checks.js';

/** A startup probe, or the default one of a service's ingress container. */
export type ProbeKind = 'Default STARTUP' | 'STARTUP' | 'LIVENESS' | 'READINESS';

export interface ProbeOf {
  readonly kind: ProbeKind;
  readonly container: string;
  readonly probe: Probe;
}

const PROTOCOLS = { tcp: 'TCP', http: 'HTTP', grpc: 'GRPC' } as const;

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function where({ container, probe: { check } }: ProbeOf): string {
  const path = check.kind === 'http' ? ` path "${check.path}"` : '';
  return `for container "${container}" on port ${check.port}${path}.`;
}

const name = ({ kind, probe }: ProbeOf) => `${kind} ${PROTOCOLS[probe.check.kind]} probe`;

export const probeSucceeded = (probe: ProbeOf, attempts: number): string =>
  `${name(probe)} succeeded after ${plural(attempts, 'attempt')} ${where(probe)}`;

/** How the connection of the last attempt failed; nothing of it where there was one, and an answer that would not do. */
function connectionFailed({ probe }: ProbeOf, result: FailedCheck): string {
  switch (result) {
    case 'ended':
      return ' Connection failed with status CANCELLED.';
    case 'late':
      return ' Connection failed with status DEADLINE_EXCEEDED.';
    case 'refused':
      return probe.check.kind === 'tcp'
        ? ' Connection failed with status DEADLINE_EXCEEDED.'
        : ' Connection failed with status ERROR_CONNECTION_FAILED.';
    case 'unhealthy':
      return '';
  }
}

/** How an attempt failed; `ended`: the container has ended meanwhile. */
export type FailedCheck = Exclude<CheckResult, 'ok'> | 'ended';

const CONSEQUENCES = {
  'Default STARTUP': ' The instance was not started.',
  STARTUP: ' The instance was not started.',
  LIVENESS: ' The instance has been shut down.',
  READINESS: ' The instance gets no new requests.',
} as const;

export function probeFailed(probe: ProbeOf, times: number, last: FailedCheck): string {
  return `${name(probe)} failed ${plural(times, 'time')} consecutively ${where(probe)}${CONSEQUENCES[probe.kind]}${connectionFailed(probe, last)}`;
}

/** How a container ended, as executors tell it: 128+N after signal N. */
const signalOf = ({ code }: Exit) => (code > 128 && code <= 128 + 64 ? code - 128 : undefined);

/** The line about a container that has ended by itself. */
export function containerEnded(
  { memory }: Pick<Container, 'memory'>,
  exit: Exit,
): { severity: 'INFO' | 'WARNING' | 'ERROR'; text: string } {
  if (exit.outOfMemory) {
    const advice = 'see https://cloud.google.com/run/docs/configuring/memory-limits';
    return {
      severity: 'ERROR',
      text: `Memory limit of ${memory} exceeded. Consider increasing the memory limit, ${advice}`,
    };
  }
  const signal = signalOf(exit);
  if (signal !== undefined) return { severity: 'WARNING', text: `Container terminated on signal ${signal}.` };
  return { severity: exit.code === 0 ? 'INFO' : 'WARNING', text: `Container called exit(${exit.code}).` };
}
