/** Google's errors as gRPC carries them: a status code, a message, and details as messages. */

import {
  createRegistry,
  type DescFile,
  type DescMethod,
  fromJson,
  type Registry,
  toBinary,
} from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '../google/gen/google/rpc/error_details_pb.js';
import { GoogleError, type JsonObject } from '../google/index.js';
import { internalError } from './reply.js';

/**
 * @param method whose file may define details of its own
 * @param onError told of what is no error of Google's: the client learns nothing of it but INTERNAL
 */
export function rpcError(
  error: unknown,
  method: DescMethod,
  onError: (error: unknown) => void,
): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof GoogleError)) onError(error);
  const google = error instanceof GoogleError ? error : internalError();
  const made = new ConnectError(google.message, google.grpcCode);
  try {
    made.details = google.details.map((detail) => packed(detail, registryFor(method.parent.file)));
  } catch (cause) {
    // The status and the message stand without what explains them.
    onError(cause);
  }
  return made;
}

const registries = new Map<DescFile, Registry>();

function registryFor(file: DescFile): Registry {
  const known = registries.get(file);
  if (known) return known;
  const made = createRegistry(file_google_rpc_error_details, file);
  registries.set(file, made);
  return made;
}

/** @throws Error for a detail of a type that is in neither file, or that has not that type's fields */
function packed({ '@type': url, ...fields }: JsonObject, registry: Registry) {
  const type = typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : '';
  const desc = registry.getMessage(type);
  if (!desc) throw new Error(`the error detail ${type} has no message type`);
  return { type, value: toBinary(desc, fromJson(desc, fields as Parameters<typeof fromJson>[1])) };
}
