/**
 * API calls over gRPC and gRPC-web, which connect-es reads and writes; it is loaded at the first such call. What
 * happens in between is the pipeline's, as over REST.
 */

import type { DescMethod, Message } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { createHandlerFactory as grpcHandlers } from '@connectrpc/connect/protocol-grpc';
import { createHandlerFactory as grpcWebHandlers } from '@connectrpc/connect/protocol-grpc-web';
import { compressionGzip, universalRequestFromNodeRequest } from '@connectrpc/connect-node';
import { Operations } from '../google/gen/google/longrunning/operations_pb.js';
import {
  GoogleError,
  type HttpContext,
  type HttpRequest,
  type HttpResponse,
  unimplemented,
} from '../google/index.js';
import { readableMessage, writeAnswer } from './grpc-answer.js';
import { rpcError } from './grpc-error.js';
import { MAX_BODY } from './json-body.js';
import { pathOf } from './locate.js';
import type { RpcMatch } from './method-table.js';
import { type AdmittedCall, admit, invoke, type PipelineOptions } from './pipeline.js';

export interface RpcCall {
  readonly matches: readonly RpcMatch[];
  readonly location: string | undefined;
  readonly context: HttpContext;
}

const OPTIONS = {
  acceptCompression: [compressionGzip],
  readMaxBytes: MAX_BODY,
  // Compressed requests are read, but answers travel no further than this machine: packing them is work for nothing.
  compressMinBytes: Number.MAX_SAFE_INTEGER,
};
const factories = { grpc: grpcHandlers(OPTIONS), web: grpcWebHandlers(OPTIONS) };

type Serve = (message: Message, context: HandlerContext) => Promise<Message>;

/** Serves one call; what refuses it goes out as its status. Fails only when the answer cannot be written. */
export async function serveRpcCall(
  options: PipelineOptions,
  { matches, location, context }: RpcCall,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const path = pathOf(context.url);
  const [first] = matches;
  const descriptor = first?.method.descriptor;
  if (!descriptor) {
    return refuseRpc(options, request, response, unimplemented(`${context.host} has no method ${path}.`));
  }
  const errorOf = (error: unknown) =>
    rpcError(error, descriptor, (cause) => options.onError(cause, `gRPC ${path}`));
  let admitted: readonly AdmittedCall[] = [];
  const begin = async () => {
    if (descriptor.methodKind !== 'unary')
      throw unimplemented(`Method ${path} is not served: it is a stream.`);
    const calls = matches.map(({ api, method }) => ({
      api,
      method,
      location,
      context: under(context, api.host),
    }));
    admitted = await Promise.all(calls.map((call) => admit(options, call, request)));
  };
  await exchange(request, response, descriptor, errorOf, begin, (message, { signal }) =>
    beforeEnd(signal, askEach(options, admitted, message, signal)),
  );
}

/** Answers a gRPC request with an error. */
export async function refuseRpc(
  { onError }: Pick<PipelineOptions, 'onError'>,
  request: HttpRequest,
  response: HttpResponse,
  refusal: unknown,
): Promise<void> {
  const refuse = async () => {
    throw refusal;
  };
  // Any method's descriptor will do: the message is never looked at.
  const { getOperation } = Operations.method;
  const errorOf = (error: unknown) =>
    rpcError(error, getOperation, (cause) => onError(cause, `gRPC ${request.url}`));
  await exchange(request, response, getOperation, errorOf, refuse, refuse);
}

/** In the direct form the plane's own address says nothing about the API: its handler shall see its own host. */
function under(context: HttpContext, host: string): HttpContext {
  return context.direct ? { ...context, host } : context;
}

/**
 * One call through connect-es.
 * @param begin is waited for before the message is read, so that a refusal does not wait for a large one
 */
async function exchange(
  request: HttpRequest,
  response: HttpResponse,
  method: DescMethod,
  errorOf: (error: unknown) => ConnectError,
  begin: () => Promise<void>,
  serve: Serve,
): Promise<void> {
  const web = /^application\/grpc-web/i.test(request.headers['content-type'] ?? '');
  if (!web && request.httpVersionMajor < 2) {
    return writeAnswer(request, response, { status: 505, header: new Headers({ connection: 'close' }) });
  }
  if (/json/i.test(request.headers['content-type'] ?? '')) {
    return writeAnswer(request, response, { status: 415 });
  }
  const failing = async <T>(work: Promise<T>) => {
    try {
      return await work;
    } catch (error) {
      throw errorOf(error);
    }
  };
  const handle = (web ? factories.web : factories.grpc)({
    kind: 'unary',
    method: { ...method, methodKind: 'unary' },
    impl: (message: Message, context: HandlerContext) => failing(serve(message, context)),
  });
  const incoming = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const { body } = incoming;
  async function* admittedBody() {
    await failing(begin());
    if (isByteStream(body)) yield* body;
  }
  const answer: UniversalServerResponse = await handle({ ...incoming, body: admittedBody() });
  await writeAnswer(request, response, web ? answer : readableMessage(answer));
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Refusals of an API that does not know the resource: another one that serves the same mixin may. */
const PASS_ON = new Set(['NOT_FOUND', 'INVALID_ARGUMENT', 'PERMISSION_DENIED', 'UNIMPLEMENTED']);

/**
 * Asks the APIs in turn until one answers. There are several only for mixins in the direct form, where the host
 * does not say which is meant: names of operations are unique, and what several know (a location), the first one
 * answers. When none does, the first refusal stands that says more than that there is no such thing.
 */
async function askEach(
  options: PipelineOptions,
  calls: readonly AdmittedCall[],
  message: Message,
  signal: AbortSignal,
): Promise<Message> {
  const refusals: GoogleError[] = [];
  for (const call of calls) {
    const { messages } = call.method;
    try {
      return await invoke<Message>(options, call, {
        signal,
        decode: () => (messages ? messages.read(message as never) : message),
        encode: (answer) => (messages ? messages.write(answer) : answer),
      });
    } catch (error) {
      if (!(error instanceof GoogleError) || !PASS_ON.has(error.status)) throw error;
      refusals.push(error);
    }
  }
  throw refusals.find(({ status }) => status === 'PERMISSION_DENIED') ?? refusals[0] ?? unimplemented('');
}

/** The work's outcome, unless the caller's deadline comes first or the caller goes away: nobody waits then. */
function beforeEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const { reason } = signal;
      reject(
        reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
          ? new GoogleError('DEADLINE_EXCEEDED', 'Deadline Exceeded')
          : new GoogleError('CANCELLED', 'The call was cancelled.'),
      );
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
