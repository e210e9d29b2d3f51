/** An API call over REST: found by verb and path, read from JSON, answered in JSON. */
import {
  type HttpContext,
  type HttpRequest,
  type HttpResponse,
  type JsonValue,
  notFound,
  withoutSystemParameters,
} from '../google/index.js';
import { admitEach, invokeEach } from './ask-each.js';
import { readJsonBody } from './json-body.js';
import { pathOf, queryOf, type RestCall } from './locate.js';
import type { PipelineOptions } from './pipeline.js';
import { sendJson } from './reply.js';

/** @throws whatever refuses the call; the front door writes it out */
export async function serveRestCall(
  options: PipelineOptions,
  { calls, context }: { readonly calls: readonly RestCall[]; readonly context: HttpContext },
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  if (calls.length === 0) {
    throw notFound(`The requested URL ${pathOf(context.url)} was not found on ${context.host}.`);
  }
  const signal = endOf(response);
  let body: Promise<JsonValue | undefined> | undefined;
  const admitted = await admitEach(options, calls, request);
  const answer = await invokeEach(options, admitted, ({ method, binding, variables }) => ({
    signal,
    async decode() {
      const query = withoutSystemParameters(queryOf(context.url));
      body ??= readJsonBody(request);
      return method.decode({ path: variables, query, body: await body, binding });
    },
    encode: method.encode,
  }));
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
