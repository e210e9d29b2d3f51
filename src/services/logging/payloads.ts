/**
 * Proto payloads between JSON, in which entries are stored, and google.protobuf.Any, in which gRPC carries them.
 * Types that are known here change form; those that are not are wrapped so that nothing is lost.
 */
import { create, createRegistry, fromBinary, fromJson, type Registry, toJson } from '@bufbuild/protobuf';
import {
  type Any,
  AnySchema,
  anyPack,
  file_google_protobuf_struct,
  StructSchema,
} from '@bufbuild/protobuf/wkt';
import { file_google_cloud_audit_audit_log } from '../../google/gen/google/cloud/audit/audit_log_pb.js';
import { file_google_iam_admin_v1_audit_data } from '../../google/gen/google/iam/admin/v1/audit_data_pb.js';
import { file_google_iam_v1_logging_audit_data } from '../../google/gen/google/iam/v1/logging/audit_data_pb.js';
import { file_google_rpc_error_details } from '../../google/gen/google/rpc/error_details_pb.js';
import { asJsonObject, invalidArgument, isJsonObject, type JsonObject } from '../../google/index.js';

/** Made at the first need. */
let registry: Registry | undefined;
function knownTypes(): Registry {
  registry ??= createRegistry(
    file_google_cloud_audit_audit_log,
    file_google_iam_v1_logging_audit_data,
    file_google_iam_admin_v1_audit_data,
    file_google_rpc_error_details,
    file_google_protobuf_struct,
  );
  return registry;
}

const typeName = (url: string) => url.slice(url.lastIndexOf('/') + 1);

/**
 * What gRPC brought, as it is stored. The bytes of a type that is not known stay bytes:
 * `{"@type": URL, "value": BASE64}`.
 * @throws GoogleError INVALID_ARGUMENT for bytes that are no message of the type they are said to be
 */
export function payloadJson({ typeUrl, value }: Any, field: string): JsonObject {
  const desc = knownTypes().getMessage(typeName(typeUrl));
  if (typeUrl === '') throw invalidArgument(`${field}: the payload names no type.`);
  if (!desc) return { '@type': typeUrl, value: Buffer.from(value).toString('base64') };
  try {
    const json = toJson(AnySchema, create(AnySchema, { typeUrl, value }), { registry: knownTypes() });
    // A Struct that holds a whole payload of another type, as payloadAny() makes them, is that payload.
    if (desc.typeName === StructSchema.typeName) {
      const inner = toJson(StructSchema, fromBinary(StructSchema, value));
      if (isJsonObject(inner) && typeof inner['@type'] === 'string') return inner;
    }
    return asJsonObject(json);
  } catch (error) {
    throw invalidArgument(`${field}: no ${desc.typeName}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * A stored payload for gRPC. Of a known type, what its published message has no field for is left out: AuditLog's
 * proto lacks `oauthInfo` and `permissionType`, which the REST reference has
 * (https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog). What cannot be
 * written as the type that it says goes as a google.protobuf.Struct of the whole payload, its `@type` included.
 */
export function payloadAny(payload: JsonObject): Any {
  const { '@type': typeUrl, value, ...others } = payload;
  const desc = typeof typeUrl === 'string' ? knownTypes().getMessage(typeName(typeUrl)) : undefined;
  if (desc) {
    const options = { registry: knownTypes(), ignoreUnknownFields: true };
    try {
      return fromJson(AnySchema, payload as Parameters<typeof fromJson>[1], options);
    } catch {
      return wrapped(payload);
    }
  }
  const isBytes = typeof value === 'string' && Object.keys(others).length === 0 && isBase64(value);
  return isBytes && typeof typeUrl === 'string'
    ? create(AnySchema, { typeUrl, value: Buffer.from(value, 'base64') })
    : wrapped(payload);
}

function wrapped(payload: JsonObject): Any {
  return anyPack(StructSchema, fromJson(StructSchema, payload as Parameters<typeof fromJson>[1]));
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
