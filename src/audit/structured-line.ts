/**
 * A line of output as an entry: JSON objects are structured logs, whose special fields move out of the payload
 * (https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields).
 */
import { HttpRequestSchema } from '../google/gen/google/logging/type/http_request_pb.js';
import {
  LogEntryOperationSchema,
  LogEntrySourceLocationSchema,
} from '../google/gen/google/logging/v2/log_entry_pb.js';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  messageFromJson,
  messageToJson,
} from '../google/index.js';
import { severityOfLine } from './severity.js';
import { canonicalTime, displayTime } from './times.js';
import type { NewLogEntry } from './types.js';

type Content = Omit<NewLogEntry, 'logName' | 'resource'>;
/** A special field's part of the entry; undefined when the value is not of its shape: then it stays in the payload. */
type Special = (value: JsonValue) => Partial<Content> | undefined;

const text =
  (key: 'insertId' | 'trace' | 'spanId'): Special =>
  (value) =>
    typeof value === 'string' && value !== '' ? { [key]: value } : undefined;

const message =
  (
    key: 'httpRequest' | 'operation' | 'sourceLocation',
    desc: Parameters<typeof messageFromJson>[0],
  ): Special =>
  (value) => {
    try {
      const json = messageToJson(desc, messageFromJson(desc, value));
      return isJsonObject(json) ? { [key]: json } : undefined;
    } catch {
      return undefined;
    }
  };

const SPECIAL: Readonly<Record<string, Special>> = {
  severity: (value) => ({ severity: severityOfLine(value) }),
  httpRequest: message('httpRequest', HttpRequestSchema),
  time: timeText,
  timestamp: (value) => (isJsonObject(value) ? secondsAndNanos(value.seconds, value.nanos) : timeText(value)),
  'logging.googleapis.com/insertId': text('insertId'),
  'logging.googleapis.com/labels': labels,
  'logging.googleapis.com/operation': message('operation', LogEntryOperationSchema),
  'logging.googleapis.com/sourceLocation': message('sourceLocation', LogEntrySourceLocationSchema),
  'logging.googleapis.com/spanId': text('spanId'),
  'logging.googleapis.com/trace': text('trace'),
  'logging.googleapis.com/trace_sampled': (value) =>
    typeof value === 'boolean' ? { traceSampled: value } : undefined,
};

/** Reads one line. `time` is when it was written; a structured line may say otherwise. */
export function fromLine(line: string, time: Date): Content {
  const plain: Content = { severity: 'DEFAULT', timestamp: time.toISOString() };
  const json = parseObject(line);
  if (!json) return { ...plain, textPayload: line };
  const { timestampSeconds, timestampNanos, ...others } = json;
  const when = timestampSeconds === undefined ? undefined : secondsAndNanos(timestampSeconds, timestampNanos);
  let entry: Content = { ...plain, ...when };
  const payload: [string, JsonValue | undefined][] = [];
  for (const [key, value] of Object.entries(when ? others : json)) {
    const special = Object.hasOwn(SPECIAL, key) ? SPECIAL[key] : undefined;
    const part = value === undefined ? undefined : special?.(value);
    if (part) entry = { ...entry, ...part };
    else payload.push([key, value]);
  }
  return { ...entry, jsonPayload: Object.fromEntries(payload) };
}

/** Deeper objects (the limit of proto JSON) stay text: nothing that reads them recursively should run out of stack. */
const MAX_DEPTH = 100;

/** True when objects and lists lie in one another at more levels than that. */
export function nestsDeeperThan(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeperThan(inner, levels - 1));
}

function parseObject(line: string): JsonObject | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  try {
    const json: unknown = JSON.parse(line);
    return isJsonObject(json) && !nestsDeeperThan(json, MAX_DEPTH) ? json : undefined;
  } catch {
    return undefined;
  }
}

function timeText(value: JsonValue): Partial<Content> | undefined {
  const time = typeof value === 'string' ? canonicalTime(value) : undefined;
  return time === undefined ? undefined : { timestamp: displayTime(time) };
}

function secondsAndNanos(
  seconds: JsonValue | undefined,
  nanos: JsonValue | undefined,
): Partial<Content> | undefined {
  const [s, n] = [Number(seconds), Number(nanos ?? 0)];
  const valid = Number.isInteger(s) && Math.abs(s) <= 8.64e12 && Number.isInteger(n) && n >= 0 && n < 1e9;
  if (!valid) return undefined;
  return timeText(`${new Date(s * 1000).toISOString().slice(0, 19)}.${String(n).padStart(9, '0')}Z`);
}

/** Labels are text; numbers and booleans become it. */
function labels(value: JsonValue): Partial<Content> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value);
  const scalar = entries.every(([, label]) => label !== null && typeof label !== 'object');
  return scalar
    ? { labels: Object.fromEntries(entries.map(([key, label]) => [key, String(label)])) }
    : undefined;
}
