/**
 * CEL as IAM's conditions have it: the standard language with `date()`, `extract()`, `hasOnly()`, the functions of tags
 * and API attributes, and the calendar functions in a form that does not depend on this machine's time zone.
 */
import {
  type CelEnv,
  type CelFunc,
  CelScalar,
  celEnv,
  celFunc,
  celMethod,
  listType,
  mapType,
  objectType,
} from '@bufbuild/cel';
import { TimestampSchema, timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';

const TIMESTAMP = objectType(TimestampSchema);
const { STRING, INT, BOOL, DYN } = CelScalar;
const DAY_MS = 86_400_000;

/** Reads one field of a calendar; the date's UTC fields are the wall clock of the zone asked for. */
const CALENDAR: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) => Math.floor((wall.getTime() - startOfYear(wall)) / DAY_MS),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

function startOfYear(wall: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(wall.getUTCFullYear(), 0, 1);
  return start.getTime();
}

/**
 * The wall clock in a zone, as UTC fields.
 * @param zone an IANA name or a fixed offset such as `-08:00`
 *   (https://github.com/google/cel-spec/blob/master/doc/langdef.md#timezones)
 * @throws RangeError for a zone that does not exist
 */
function wallClock(instant: Date, zone: string): Date {
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(instant.getTime() + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  const field: Record<string, number> = {};
  for (const part of zoneFormat(zone).formatToParts(instant)) field[part.type] = Number(part.value);
  const wall = new Date(0);
  wall.setUTCFullYear(field.year ?? 0, (field.month ?? 1) - 1, field.day ?? 1);
  wall.setUTCHours(field.hour ?? 0, field.minute ?? 0, field.second ?? 0, instant.getUTCMilliseconds());
  return wall;
}

function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    hourCycle: 'h23',
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

function calendarMethods(): CelFunc[] {
  return Object.entries(CALENDAR).flatMap(([name, read]) => [
    celMethod(name, TIMESTAMP, [], INT, function () {
      return BigInt(read(timestampDate(this.message)));
    }),
    celMethod(name, TIMESTAMP, [STRING], INT, function (zone) {
      return BigInt(read(wallClock(timestampDate(this.message), zone)));
    }),
  ]);
}

/** `date("2026-01-31")`: midnight UTC of that day. */
function dateFunction(): CelFunc {
  return celFunc('date', [STRING], TIMESTAMP, (text) => {
    const instant = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(instant)) throw new Error(`"${text}" is not a date`);
    return timestampFromMs(instant);
  });
}

/**
 * `extract("prefix{name}suffix")`: the text between the first occurrence of the prefix and the next of the
 * suffix; to the end without a suffix; empty when there is no such place
 * (https://cloud.google.com/iam/docs/conditions-attribute-reference#extract).
 */
function extractMethod(): CelFunc {
  return celMethod('extract', STRING, [STRING], STRING, function (template) {
    const match = /^([^{}]*)\{[^{}]*\}([^{}]*)$/.exec(template);
    if (!match) throw new Error(`extract() needs exactly one {name} in "${template}"`);
    const [, prefix = '', suffix = ''] = match;
    const at = this.indexOf(prefix);
    if (at < 0) return '';
    const rest = this.slice(at + prefix.length);
    const end = suffix === '' ? rest.length : rest.indexOf(suffix);
    return end < 0 ? '' : rest.slice(0, end);
  });
}

/** What `resource` is where tags are asked for: keys → values, by their ids and by their names. */
const TAGS = mapType(STRING, STRING);

/** https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-tags */
function tagMethods(): CelFunc[] {
  const matches = (name: string) =>
    celMethod(name, TAGS, [STRING, STRING], BOOL, function (key, value) {
      return this.get(key) === value;
    });
  const has = (name: string) =>
    celMethod(name, TAGS, [STRING], BOOL, function (key) {
      return this.has(key);
    });
  return [matches('matchTag'), matches('matchTagId'), has('hasTagKey'), has('hasTagKeyId')];
}

/** https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes */
function apiMethods(): CelFunc[] {
  return [
    celMethod('getAttribute', mapType(STRING, DYN), [STRING, DYN], DYN, function (name, byDefault) {
      return this.get(name) ?? byDefault;
    }),
    celMethod('hasOnly', listType(DYN), [listType(DYN)], BOOL, function (allowed) {
      const all = new Set<unknown>(allowed);
      for (const item of this) if (!all.has(item)) return false;
      return true;
    }),
  ];
}

/** What IAM adds to CEL wherever it takes an expression. */
export function commonFunctions(): CelFunc[] {
  return [...calendarMethods(), dateFunction(), extractMethod()];
}

let environment: CelEnv | undefined;

/** The one environment in which conditions are planned; made when the first condition appears. */
export function conditionEnvironment(): CelEnv {
  environment ??= celEnv({
    funcs: [...commonFunctions(), ...tagMethods(), ...apiMethods()],
  });
  return environment;
}
