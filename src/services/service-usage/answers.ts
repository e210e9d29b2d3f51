/** What Service Usage answers: services of a project, and operations that are done. */
import {
  create,
  createRegistry,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { type Any, anyPack, EmptySchema } from '@bufbuild/protobuf/wkt';
import { isEnabled, type Project } from '../../access/index.js';
import {
  OperationMetadataSchema,
  type ServiceSchema,
  State,
} from '../../google/gen/google/api/serviceusage/v1/resources_pb.js';
import {
  BatchEnableServicesResponseSchema,
  DisableServiceResponseSchema,
  EnableServiceResponseSchema,
} from '../../google/gen/google/api/serviceusage/v1/serviceusage_pb.js';
import {
  OperationMetadataSchema as BetaOperationMetadataSchema,
  type ServiceSchema as BetaServiceSchema,
  State as BetaState,
  ServiceIdentitySchema,
} from '../../google/gen/google/api/serviceusage/v1beta1/resources_pb.js';
import { type Operation, OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import type { KnownApi } from './catalogue.js';

/** The messages that operations carry. */
export const registry = createRegistry(
  EnableServiceResponseSchema,
  DisableServiceResponseSchema,
  BatchEnableServicesResponseSchema,
  ServiceIdentitySchema,
  OperationMetadataSchema,
  BetaOperationMetadataSchema,
  EmptySchema,
);

export type ServiceMessage = MessageInitShape<typeof ServiceSchema>;

/** Answers name projects by their number. */
export function serviceName(project: Project, api: string): string {
  return `projects/${project.number}/services/${api}`;
}

function fields(project: Project, { name, title }: KnownApi) {
  return {
    name: serviceName(project, name),
    parent: `projects/${project.number}`,
    config: { name, title, documentation: {}, quota: {}, authentication: {}, usage: {} },
  };
}

export function serviceMessage(project: Project, api: KnownApi): ServiceMessage {
  return { ...fields(project, api), state: isEnabled(project, api.name) ? State.ENABLED : State.DISABLED };
}

export function betaServiceMessage(
  project: Project,
  api: KnownApi,
): MessageInitShape<typeof BetaServiceSchema> {
  const state = isEnabled(project, api.name) ? BetaState.ENABLED : BetaState.DISABLED;
  return { ...fields(project, api), state };
}

/** The names that an operation's metadata tells. */
export const metadata = (resourceNames: readonly string[]): Any =>
  anyPack(OperationMetadataSchema, create(OperationMetadataSchema, { resourceNames: [...resourceNames] }));
export const betaMetadata = (resourceNames: readonly string[]): Any =>
  anyPack(
    BetaOperationMetadataSchema,
    create(BetaOperationMetadataSchema, { resourceNames: [...resourceNames] }),
  );

/** A done operation with its response. @param about its metadata; those that have nothing to do have none */
export function done<D extends DescMessage>(
  name: string,
  schema: D,
  response: MessageShape<D>,
  about?: Any,
): Operation {
  return create(OperationSchema, {
    name,
    done: true,
    ...(about === undefined ? {} : { metadata: about }),
    result: { case: 'response', value: anyPack(schema, response) },
  });
}
