/** Which trace a request belongs to (https://cloud.google.com/trace/docs/trace-context). */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The caller's span, 16 hexadecimal digits. */
  readonly span: string;
  readonly sampled: boolean;
  /** What the container is sent: the caller's own headers where there are any, and what follows from them. */
  readonly headers: { readonly 'x-cloud-trace-context': string; readonly traceparent: string };
}

const GOOGLE = /^([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;o=(\d))?$/i;
/** https://www.w3.org/TR/trace-context/#traceparent-header */
const W3C = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Reads the trace from either header, or begins a new one. A header that is no good counts as none. */
export function traceOf(headers: IncomingHttpHeaders): Trace {
  const google = headers['x-cloud-trace-context'];
  const parsed = typeof google === 'string' ? GOOGLE.exec(google) : null;
  const w3c = typeof headers.traceparent === 'string' ? W3C.exec(headers.traceparent) : null;
  if (typeof google === 'string' && parsed) {
    const [, id = '', span, sampled] = parsed;
    const trace = { id: id.toLowerCase(), span: hexSpan(span), sampled: sampled === '1' || sampled === '3' };
    return { ...trace, headers: { 'x-cloud-trace-context': google, traceparent: w3c?.[0] ?? asW3c(trace) } };
  }
  if (w3c) {
    const [traceparent, id = '', span = '', flags = '00'] = w3c;
    const trace = { id, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
    return { ...trace, headers: { 'x-cloud-trace-context': asGoogle(trace), traceparent } };
  }
  const trace = newTrace();
  return { ...trace, headers: { 'x-cloud-trace-context': asGoogle(trace), traceparent: asW3c(trace) } };
}

type Facts = Pick<Trace, 'id' | 'span' | 'sampled'>;

/** randomUUID draws from a pool, which spares a system call a request. */
function newTrace(): Facts {
  const id = randomUUID().replaceAll('-', '');
  return { id, span: id.slice(0, 16), sampled: true };
}

function hexSpan(decimal: string | undefined): string {
  const span = BigInt.asUintN(64, BigInt(decimal ?? '0'));
  return span === 0n ? newTrace().span : span.toString(16).padStart(16, '0');
}

const asGoogle = ({ id, span, sampled }: Facts) => `${id}/${BigInt(`0x${span}`)};o=${sampled ? 1 : 0}`;
const asW3c = ({ id, span, sampled }: Facts) => `00-${id}-${span}-0${sampled ? 1 : 0}`;
