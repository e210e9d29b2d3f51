/** A running plane's own check: it gathers the facts, judges, and answers with the report. */
import type { CheckReport, CheckRequest } from '../../checkpoint/index.js';
import { callPlane, isFields, type PlaneAddress } from './call.js';

/** Another version of the plane might answer something else altogether; its fields beyond these are its word. */
function isReport(value: unknown): value is CheckReport {
  return (
    isFields(value) &&
    value.schema === 'sekisho.check/1' &&
    (value.verdict === 'granted' || value.verdict === 'denied' || value.verdict === 'unknown') &&
    isFields(value.target) &&
    Array.isArray(value.requirements) &&
    Array.isArray(value.fixes)
  );
}

/**
 * Asks a running plane to judge a deploy.
 * @returns the report, schema `sekisho.check/1`
 * @throws PlaneError when nobody answers, the secret is not the plane's, or the plane refuses the request
 */
export function checkOnPlane(address: PlaneAddress, request: CheckRequest): Promise<CheckReport> {
  return callPlane(address, 'check', request, (body) => (isReport(body) ? body : undefined));
}
