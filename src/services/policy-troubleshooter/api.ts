/**
 * The Policy Troubleshooter API (https://cloud.google.com/policy-intelligence/docs/reference/policytroubleshooter/rest).
 * v1, v3 and v3beta have published protos; v2alpha1 and v3alpha are as gcloud sends and reads them. All work with JSON
 * throughout, of which gRPC's messages are made.
 */
import type { AccessControl } from '../../access/index.js';
import { PolicyTroubleshooter } from '../../google/gen/google/cloud/policytroubleshooter/iam/v3/troubleshooter_pb.js';
import { PolicyTroubleshooter as PolicyTroubleshooterBeta } from '../../google/gen/google/cloud/policytroubleshooter/iam/v3beta/troubleshooter_pb.js';
import { IamChecker } from '../../google/gen/google/cloud/policytroubleshooter/v1/checker_pb.js';
import {
  type AccessRule,
  type Api,
  type ApiMethod,
  type Call,
  type JsonObject,
  messageFromJson,
  protoMethods,
} from '../../google/index.js';
import { allowAnswer, fullAnswer } from './answer.js';
import { type Asked, readRequest, type TroubleshootRequest } from './request.js';

export interface TroubleshooterDeps {
  readonly access: AccessControl;
}

type Answer = (asked: Asked, call: Call) => Promise<JsonObject>;

export function policyTroubleshooterApi(deps: TroubleshooterDeps): Api {
  const v1: Answer = (asked, call) => allowAnswer(asked, call, deps, { conditions: false });
  const v2alpha1: Answer = (asked, call) => allowAnswer(asked, call, deps, { conditions: true });
  const v3: Answer = (asked, call) => fullAnswer(asked, call, deps, { boundaries: false });
  const preview: Answer = (asked, call) => fullAnswer(asked, call, deps, { boundaries: true });
  const methods = [
    ...protoMethods(IamChecker, {}).map((method) => published(method, v1)),
    ...protoMethods(PolicyTroubleshooter, {}).map((method) => published(method, v3)),
    ...protoMethods(PolicyTroubleshooterBeta, {}).map((method) => published(method, preview)),
    unpublished('v2alpha1', 'IamChecker', v2alpha1),
    unpublished('iam.v3alpha', 'PolicyTroubleshooter', preview),
  ];
  return {
    host: 'policytroubleshooter.googleapis.com',
    regional: false,
    methods,
    access: Object.fromEntries(methods.map(({ name }) => [name, ANYBODY])),
  };
}

/** No permission of its own: what the caller may not read is unknown in the answer. */
const ANYBODY: AccessRule = {
  kind: 'authenticated',
  why: 'the answer tells what the caller may see, by the permissions to read policies and roles (https://cloud.google.com/policy-intelligence/docs/troubleshoot-access#required-permissions)',
};

function served(answer: Answer): Pick<ApiMethod, 'handle' | 'encode'> {
  return {
    handle: (request: TroubleshootRequest, call) => answer(readRequest(request), call),
    encode: (response: JsonObject) => response,
  };
}

/** A method of a proto. What a version answers beyond its proto gRPC does not carry. */
function published(method: ApiMethod, answer: Answer): ApiMethod {
  const { descriptor, implemented: _, ...rest } = method;
  if (!descriptor) throw new Error(`${method.name} has no descriptor`);
  return {
    ...rest,
    descriptor,
    ...served(answer),
    messages: {
      read: (message: TroubleshootRequest) => message,
      write: ({ pabPolicyExplanation: __, ...response }: JsonObject) =>
        messageFromJson(descriptor.output, response),
    },
  };
}

/** A method without a proto: its requests are read as v3's, which have all that any version's have. */
function unpublished(version: string, service: string, answer: Answer): ApiMethod {
  const decode = protoMethods(PolicyTroubleshooter, {})[0]?.decode;
  if (!decode) throw new Error('v3 has no method');
  return {
    name: `google.cloud.policytroubleshooter.${version}.${service}.TroubleshootIamPolicy`,
    bindings: [{ verb: 'POST', template: `/${version.replace('iam.', '')}/iam:troubleshoot`, body: '*' }],
    decode,
    ...served(answer),
  };
}
