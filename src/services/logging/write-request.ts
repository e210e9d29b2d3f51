/** entries:write as it comes in: checked against the proto, each entry still to be judged by itself. */
import { toJson } from '@bufbuild/protobuf';
import { nestsDeeperThan } from '../../audit/index.js';
import { MonitoredResourceSchema } from '../../google/gen/google/api/monitored_resource_pb.js';
import { LogEntrySchema } from '../../google/gen/google/logging/v2/log_entry_pb.js';
import { WriteLogEntriesRequestSchema } from '../../google/gen/google/logging/v2/logging_pb.js';
import {
  asJsonObject,
  badField,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  messageFromJson,
} from '../../google/index.js';
import { type LogRef, parseLogName } from './names.js';

/** The request with its defaults not yet applied. Entries are in canonical proto JSON. */
export interface WriteRequest {
  readonly logName: string;
  readonly resource: JsonObject | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: readonly JsonObject[];
  readonly partialSuccess: boolean;
  readonly dryRun: boolean;
}

/** The limit of proto JSON parsers. */
const MAX_DEPTH = 100;

/**
 * Reads the body. The messages of proto payloads are not looked into: their types are whatever the writer's are.
 * @throws GoogleError INVALID_ARGUMENT for unknown fields and wrong types
 */
export function readWriteRequest(body: JsonValue | undefined): WriteRequest {
  if (nestsDeeperThan(body, MAX_DEPTH)) {
    throw invalidArgument('Invalid JSON payload received. Message too deep.');
  }
  const payloads: (JsonObject | undefined)[] = [];
  const message = messageFromJson(WriteLogEntriesRequestSchema, withoutProtoPayloads(body ?? {}, payloads));
  return {
    logName: message.logName,
    resource: message.resource && asJsonObject(toJson(MonitoredResourceSchema, message.resource)),
    labels: message.labels,
    entries: message.entries.map((entry, index) => {
      const json = asJsonObject(toJson(LogEntrySchema, entry));
      const protoPayload = payloads[index];
      if (protoPayload === undefined) return json;
      if (entry.payload.case !== undefined) {
        throw badField(
          `entries[${index}]`,
          'only one of protoPayload, textPayload and jsonPayload may be set',
        );
      }
      return { ...json, protoPayload };
    }),
    partialSuccess: message.partialSuccess,
    dryRun: message.dryRun,
  };
}

/** Takes the proto payloads out, which can only be read by who knows their types. */
function withoutProtoPayloads(body: JsonValue, payloads: (JsonObject | undefined)[]): JsonValue {
  if (!isJsonObject(body) || !Array.isArray(body.entries)) return body;
  const entries = body.entries.map((entry: JsonValue, index): JsonValue => {
    if (!isJsonObject(entry)) return entry;
    const { protoPayload, proto_payload = protoPayload, ...others } = entry;
    if (proto_payload === undefined || proto_payload === null) return others;
    if (!isJsonObject(proto_payload) || typeof proto_payload['@type'] !== 'string') {
      throw badField(`entries[${index}].proto_payload`, 'must be an object with a "@type"');
    }
    payloads[index] = proto_payload;
    return others;
  });
  return { ...body, entries };
}

/** The log that an entry names, or the request's. @throws GoogleError when neither does, or the name is none */
export function logOf(request: WriteRequest, index: number): LogRef {
  const own = request.entries[index]?.logName;
  if (typeof own === 'string' && own !== '') return parseLogName(own, `entries[${index}].log_name`);
  if (request.logName === '')
    throw badField(`entries[${index}].log_name`, 'must be set, here or for all entries');
  return parseLogName(request.logName, 'log_name');
}

/** The logs of all entries. */
export function logRefs(request: WriteRequest): LogRef[] {
  return request.entries.map((_entry, index) => logOf(request, index));
}
