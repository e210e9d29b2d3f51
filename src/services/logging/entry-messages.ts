/** entries:write and entries:list as gRPC's messages, from and to the JSON that their handlers work with. */
import { create, type Message, toJson } from '@bufbuild/protobuf';
import { MonitoredResourceSchema } from '../../google/gen/google/api/monitored_resource_pb.js';
import { type LogEntry, LogEntrySchema } from '../../google/gen/google/logging/v2/log_entry_pb.js';
import {
  ListLogEntriesResponseSchema,
  TailLogEntriesResponse_SuppressionInfo_Reason as Reason,
  TailLogEntriesResponseSchema,
  type WriteLogEntriesRequest,
  WriteLogEntriesResponseSchema,
} from '../../google/gen/google/logging/v2/logging_pb.js';
import {
  asJsonObject,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MessageAdapter,
  messageFromJson,
} from '../../google/index.js';
import { payloadAny, payloadJson } from './payloads.js';
import type { TailAnswer } from './tail.js';
import type { WriteRequest } from './write-request.js';

export const writeMessages: MessageAdapter = {
  read: (message: WriteLogEntriesRequest): WriteRequest => ({
    logName: message.logName,
    resource: message.resource && asJsonObject(toJson(MonitoredResourceSchema, message.resource)),
    labels: message.labels,
    entries: message.entries.map(entryJson),
    partialSuccess: message.partialSuccess,
    dryRun: message.dryRun,
  }),
  write: (): Message => create(WriteLogEntriesResponseSchema),
};

export const listMessages: MessageAdapter = {
  read: (message: Message) => message,
  write: (answer: JsonObject): Message =>
    create(ListLogEntriesResponseSchema, {
      entries: (Array.isArray(answer.entries) ? answer.entries : []).map(entryMessage),
      nextPageToken: typeof answer.nextPageToken === 'string' ? answer.nextPageToken : '',
    }),
};

export const tailMessages: MessageAdapter = {
  read: (message: Message) => message,
  write: ({ entries, suppressed }: TailAnswer): Message =>
    create(TailLogEntriesResponseSchema, {
      entries: entries.map(entryMessage),
      suppressionInfo: suppressed.map(({ reason, count }) => ({
        reason: Reason[reason],
        suppressedCount: count,
      })),
    }),
};

/** An entry in proto JSON; its proto payload is read by who knows its type. */
function entryJson(entry: LogEntry, index: number): JsonObject {
  if (entry.payload.case !== 'protoPayload') return asJsonObject(toJson(LogEntrySchema, entry));
  const { payload, ...others } = entry;
  const json = asJsonObject(toJson(LogEntrySchema, { ...others, payload: { case: undefined } }));
  return { ...json, protoPayload: payloadJson(payload.value, `entries[${index}].proto_payload`) };
}

function entryMessage(json: JsonValue): LogEntry {
  if (!isJsonObject(json)) throw new TypeError('an entry is not a JSON object');
  const { protoPayload, ...others } = json;
  const entry = messageFromJson(LogEntrySchema, others);
  if (isJsonObject(protoPayload)) entry.payload = { case: 'protoPayload', value: payloadAny(protoPayload) };
  return entry;
}
