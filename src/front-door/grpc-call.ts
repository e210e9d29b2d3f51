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
import { admitEach, invokeEach } from './ask-each.js';
import { readableMessage, writeAnswer } from './grpc-answer.js';
import { rpcError } from './grpc-error.js';
import { MAX_BODY } from './json-body.js';
import { pathOf } from './locate.js';
import { type AdmittedCall, admit, type IncomingCall, type PipelineOptions } from './pipeline.js';
import { invokeStream } from './stream.js';

const OPTIONS = {
  acceptCompression: [compressionGzip],
  readMaxBytes: MAX_BODY,
  // Compressed requests are read, but answers travel no further than this machine: packing them is work for nothing.
  compressMinBytes: Number.MAX_SAFE_INTEGER,
};
const factories = { grpc: grpcHandlers(OPTIONS), web: grpcWebHandlers(OPTIONS) };

/** What is done with the messages of one call, one or many. */
type Serve =
  | {
      readonly kind: 'unary';
      readonly answer: (message: Message, context: HandlerContext) => Promise<Message>;
    }
  | {
      readonly kind: 'stream';
      readonly answers: (messages: AsyncIterable<Message>, context: HandlerContext) => AsyncIterable<Message>;
    };

/** Serves one call; what refuses it goes out as its status. Fails only when the answer cannot be written. */
export async function serveRpcCall(
  options: PipelineOptions,
  { calls, context }: { readonly calls: readonly IncomingCall[]; readonly context: HttpContext },
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const path = pathOf(context.url);
  const descriptor = calls[0]?.method.descriptor;
  if (!descriptor) {
    return refuseRpc(options, request, response, unimplemented(`${context.host} has no method ${path}.`));
  }
  const errorOf = (error: unknown) =>
    rpcError(error, descriptor, (cause) => options.onError(cause, `gRPC ${path}`));
  let admitted: readonly AdmittedCall[] = [];
  const begin = async () => {
    admitted = await admitEach(options, calls, request);
  };
  const unary: Serve = {
    kind: 'unary',
    answer(message, { signal }) {
      const work = invokeEach<AdmittedCall, Message>(options, admitted, ({ method: { messages } }) => ({
        signal,
        decode: () => (messages ? messages.read(message as never) : message),
        encode: (answer) => (messages ? messages.write(answer) : answer),
      }));
      return beforeEnd(signal, work);
    },
  };
  const stream: Serve = {
    kind: 'stream',
    answers: (messages, { signal }) => streamed(options, () => admitted[0], messages, request, signal),
  };
  const serve = descriptor.methodKind === 'unary' ? unary : stream;
  await exchange(request, response, descriptor, errorOf, begin, serve);
}

/** @param admitted gives the call once the first message may be read: then it is admitted */
async function* streamed(
  options: PipelineOptions,
  admitted: () => AdmittedCall | undefined,
  messages: AsyncIterable<Message>,
  request: HttpRequest,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  const call = admitted();
  if (!call) throw new Error('a stream was read before it was admitted');
  const adapter = call.method.messages;
  async function* requests() {
    for (let next = first; !next.done; next = await iterator.next()) {
      yield adapter ? adapter.read(next.value as never) : next.value;
    }
  }
  yield* invokeStream<Message>(options, call, {
    signal,
    requests: requests(),
    encode: (answer) => (adapter ? adapter.write(answer) : answer),
    readmit: () => admit(options, call, request),
    whyEnded: () => endOf(signal),
  });
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
  const serve: Serve = { kind: 'unary', answer: refuse };
  // Any method's descriptor will do: the message is never looked at.
  const { getOperation } = Operations.method;
  const errorOf = (error: unknown) =>
    rpcError(error, getOperation, (cause) => onError(cause, `gRPC ${request.url}`));
  await exchange(request, response, getOperation, errorOf, refuse, serve);
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
  async function* failingEach<T>(answers: AsyncIterable<T>) {
    try {
      yield* answers;
    } catch (error) {
      throw errorOf(error);
    }
  }
  const factory = web ? factories.web : factories.grpc;
  const handle =
    serve.kind === 'unary'
      ? factory({
          kind: 'unary',
          method: { ...method, methodKind: 'unary' },
          impl: (message: Message, context: HandlerContext) => failing(serve.answer(message, context)),
        })
      : factory({
          // Whichever side streams: of the side that does not, one message comes.
          kind: 'bidi_streaming',
          method: { ...method, methodKind: 'bidi_streaming' },
          impl: (messages: AsyncIterable<Message>, context: HandlerContext) =>
            failingEach(serve.answers(messages, context)),
        });
  const incoming = universalRequest(request, response);
  if (!incoming) return writeAnswer(request, response, { status: 400 });
  const { body } = incoming;
  async function* admittedBody() {
    await failing(begin());
    if (isByteStream(body)) yield* body;
  }
  const answer: UniversalServerResponse = await handle({ ...incoming, body: admittedBody() });
  await writeAnswer(request, response, web ? answer : readableMessage(answer));
}

/** @returns undefined when connect-es cannot make a URL of the request's host and path: no client sends such ones */
function universalRequest(request: HttpRequest, response: HttpResponse) {
  try {
    return universalRequestFromNodeRequest(request, response, undefined, undefined);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** The work's outcome, unless the caller's deadline comes first or the caller goes away: nobody waits then. */
function beforeEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(endOf(signal));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** Why a call ended before its work was done. */
function endOf({ reason }: AbortSignal): GoogleError {
  return reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
    ? new GoogleError('DEADLINE_EXCEEDED', 'Deadline Exceeded')
    : new GoogleError('CANCELLED', 'The call was cancelled.');
}
