/** An API call over REST: found by verb and path, read from JSON, answered in JSON. */
import {
  type Api,
  type HttpContext,
  type HttpRequest,
  type HttpResponse,
  notFound,
  withoutSystemParameters,
} from '../google/index.js';
import { readJsonBody } from './json-body.js';
import { pathOf, queryOf } from './locate.js';
import type { MethodMatch } from './method-table.js';
import { admit, invoke, type PipelineOptions } from './pipeline.js';
import { sendJson } from './reply.js';

export interface RestCall {
  readonly api: Api;
  readonly match: MethodMatch | undefined;
  readonly location: string | undefined;
  readonly context: HttpContext;
}

/** @throws whatever refuses the call; the front door writes it out */
export async function serveRestCall(
  options: PipelineOptions,
  { api, match, location, context }: RestCall,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  if (!match) {
    throw notFound(`The requested URL ${pathOf(context.url)} was not found on ${context.host}.`);
  }
  const { method, binding, variables } = match;
  const admitted = await admit(options, { api, method, location, context }, request);
  const answer = await invoke(options, admitted, {
    signal: endOf(response),
    decode: async () =>
      method.decode({
        path: variables,
        query: withoutSystemParameters(queryOf(context.url)),
        body: await readJsonBody(request),
        binding,
      }),
    encode: method.encode,
  });
  sendJson(response, 200, answer);
}

/** Ends when the client goes away before its answer. */
function endOf(response: HttpResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) controller.abort();
  });
  return controller.signal;
}
