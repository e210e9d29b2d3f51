/**
 * Calls whose API the direct form leaves open: the plane's own address says nothing about it. Over gRPC that
 * concerns mixins (google.longrunning.Operations), over REST reads whose paths overlap. The APIs are asked in turn;
 * the first that answers is meant. Names of operations are unique; what several APIs know (a location), the first
 * one answers.
 */
import { GoogleError, type HttpRequest } from '../google/index.js';
import {
  type AdmittedCall,
  admit,
  type Exchange,
  type IncomingCall,
  invoke,
  type PipelineOptions,
} from './pipeline.js';

/** Refusals of an API that does not know the resource, or does not serve the method: another one may. */
const PASS_ON = new Set(['NOT_FOUND', 'INVALID_ARGUMENT', 'PERMISSION_DENIED', 'UNIMPLEMENTED']);

/**
 * Admits the calls, of which there is at least one.
 * @returns those that may go on
 * @throws what admit() throws, when none may
 */
export async function admitEach<C extends IncomingCall>(
  options: PipelineOptions,
  calls: readonly C[],
  request: Pick<HttpRequest, 'headers'>,
): Promise<readonly (C & AdmittedCall)[]> {
  const refusals: GoogleError[] = [];
  const admitted: (C & AdmittedCall)[] = [];
  for (const call of calls) {
    const refusal = await refusalOf(async () => {
      admitted.push({ ...call, ...(await admit(options, call, request)) });
    });
    if (refusal) refusals.push(refusal);
  }
  if (admitted.length === 0) throw tellingOf(refusals);
  return admitted;
}

/**
 * Invokes the calls in turn until one answers.
 * @throws what invoke() throws; when none answers the first refusal, unless one of them is about permissions: that
 *   one says more
 */
export async function invokeEach<C extends AdmittedCall, T>(
  options: PipelineOptions,
  calls: readonly C[],
  exchangeOf: (call: C) => Exchange<T>,
): Promise<T> {
  const refusals: GoogleError[] = [];
  for (const call of calls) {
    let answer: { readonly value: T } | undefined;
    const refusal = await refusalOf(async () => {
      answer = { value: await invoke(options, call, exchangeOf(call)) };
    });
    if (answer) return answer.value;
    if (refusal) refusals.push(refusal);
  }
  throw tellingOf(refusals);
}

/** The refusal after which another API is asked. @throws any other */
async function refusalOf(work: () => Promise<void>): Promise<GoogleError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof GoogleError && PASS_ON.has(error.status)) return error;
    throw error;
  }
}

function tellingOf(refusals: readonly GoogleError[]): Error {
  const telling = refusals.find(({ status }) => status === 'PERMISSION_DENIED') ?? refusals[0];
  return telling ?? new Error('no call was asked');
}
