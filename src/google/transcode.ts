/** Methods of a proto service as the front door calls them, with the routes that google.api.http gives them. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  getOption,
  type MessageInitShape,
  type MessageShape,
  type Registry,
} from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { unimplemented } from './errors.js';
import { http } from './gen/google/api/annotations_pb.js';
import type { HttpRule } from './gen/google/api/http_pb.js';
import type { ApiMethod, AuditRule, Call, HttpBinding, StreamHandler } from './method.js';
import { messageFromJson, messageToJson } from './proto-json.js';
import { requestJson } from './request-json.js';

/** Serves one unary method: takes the decoded request, gives the response or what makes one. */
export type ProtoHandler<M extends { input: DescMessage; output: DescMessage }> = (
  request: MessageShape<M['input']>,
  call: Call,
) => Promise<MessageInitShape<M['output']>>;

/** Handlers by the method's name in lower camel case, as protobuf-es spells it. */
export type ProtoHandlers<S extends GenServiceMethods> = {
  readonly [K in keyof S as S[K]['methodKind'] extends 'unary' ? K : never]?: ProtoHandler<S[K]>;
};

/** Handlers of streaming methods, whichever side streams. */
export type ProtoStreams<S extends GenServiceMethods> = {
  readonly [K in keyof S as S[K]['methodKind'] extends 'unary' ? never : K]?: StreamHandler<
    MessageShape<S[K]['input']>,
    MessageInitShape<S[K]['output']>
  >;
};

export interface ProtoMethodsOptions<S extends GenServiceMethods> {
  /** Types that may stand in a google.protobuf.Any, in requests and answers. */
  readonly registry?: Registry;
  readonly audit?: { readonly [K in keyof S]?: AuditRule };
  readonly streams?: ProtoStreams<S>;
  /** Routes in place of the annotated ones: for the mixins (google.iam.v1, google.longrunning), whose routes each API sets. */
  readonly bindings?: { readonly [K in keyof S]?: readonly HttpBinding[] };
  /** Routes beside the annotated ones, e.g. an older version's path. */
  readonly moreBindings?: { readonly [K in keyof S]?: readonly HttpBinding[] };
}

/**
 * The methods of a service. One without a handler is there too and answers UNIMPLEMENTED, naming itself, to any
 * signed-in caller. Names are full: `google.cloud.run.v2.Services.CreateService`.
 */
export function protoMethods<S extends GenServiceMethods>(
  service: GenService<S>,
  handlers: ProtoHandlers<S>,
  options: ProtoMethodsOptions<S> = {},
): ApiMethod[] {
  const json = options.registry === undefined ? {} : { registry: options.registry };
  const handlerOf = new Map<string, ProtoHandler<DescMethod>>(Object.entries(handlers));
  const streamOf = new Map<string, StreamHandler<never, unknown>>(Object.entries(options.streams ?? {}));
  return methodsOf(service).map((descriptor) => {
    const name = `${service.typeName}.${descriptor.name}`;
    const key = descriptor.localName;
    const handler = handlerOf.get(key);
    const stream = streamOf.get(key);
    const bindings = [
      ...(options.bindings?.[key] ?? httpBindings(descriptor)),
      ...(options.moreBindings?.[key] ?? []),
    ];
    const audit = options.audit?.[key];
    return {
      name,
      descriptor,
      bindings,
      implemented: handler !== undefined || stream !== undefined,
      decode: (input) => {
        const binding = input.binding ?? bindings[0];
        if (!binding) throw unimplemented(`Method ${name} is not served over REST.`);
        return messageFromJson(descriptor.input, requestJson(descriptor.input, binding, input), json);
      },
      handle: async (request: MessageShape<DescMessage>, call) => {
        if (!handler) throw unimplemented(`Method ${name} is not implemented.`);
        return create(descriptor.output, await handler(request, call));
      },
      encode: (response: MessageInitShape<DescMessage>) => messageToJson(descriptor.output, response, json),
      ...(audit === undefined ? {} : { audit }),
      ...(stream === undefined ? {} : { stream }),
    };
  });
}

function methodsOf(service: Omit<DescService, 'method'>): readonly DescMethod[] {
  return service.methods;
}

/** The routes that a method's google.api.http annotation gives it; none without one. */
export function httpBindings(method: DescMethod): HttpBinding[] {
  const rule = getOption(method, http);
  return [rule, ...rule.additionalBindings].flatMap(bindingOf);
}

const VERBS = { get: 'GET', put: 'PUT', post: 'POST', delete: 'DELETE', patch: 'PATCH' } as const;

function bindingOf(rule: HttpRule): HttpBinding[] {
  const { pattern } = rule;
  if (pattern.case === undefined || pattern.case === 'custom') return [];
  const binding = { verb: VERBS[pattern.case], template: pattern.value };
  return [rule.body === '' ? binding : { ...binding, body: rule.body }];
}
