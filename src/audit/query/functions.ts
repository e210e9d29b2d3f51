/** The functions of the Logging query language that are terms by themselves. */
import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { LogEntry } from '../types.js';
import type { Reader } from './operand.js';
import type { Test } from './values.js';

type Matcher = (entry: LogEntry) => boolean;
type Wrong = (problem: string) => Error;

/** `log_id("cloudaudit.googleapis.com/activity")`: the log's id, not encoded. */
export function logId(id: string): Matcher {
  const encoded = encodeURIComponent(id).toLowerCase();
  return (entry) => entry.logName.slice(entry.logName.indexOf('/logs/') + 6).toLowerCase() === encoded;
}

/** `source(projects/ID)`: entries of that very resource, not of those inside it. */
export function source(resource: string, wrong: Wrong): Matcher {
  if (!/^(?:projects|folders|organizations|billingAccounts)\/[^/]+$/.test(resource)) {
    throw wrong(`'${resource}' is no project, folder, organization or billing account`);
  }
  return (entry) => entry.logName.startsWith(`${resource}/logs/`);
}

/** `sample(field, fraction)`: by a hash of the field, so that the same entries are chosen each time. */
export function sample(operand: Reader, fraction: number): Matcher {
  return (entry) => {
    const [value] = operand.read(entry);
    if (value === undefined || !operand.present(entry)) return false;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32 < fraction;
  };
}

/** `ip_in_net(field, "10.0.0.0/8")`, for IPv4 and IPv6. */
export function ipInNet(operand: Reader, subnet: string, wrong: Wrong): Matcher {
  const [net = '', bits, ...more] = subnet.split('/');
  const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
  const prefix = Number(bits);
  const valid = isIP(net) !== 0 && /^\d{1,3}$/.test(bits ?? '') && prefix <= (family === 'ipv6' ? 128 : 32);
  if (!valid || more.length > 0) throw wrong(`'${subnet}' is no subnet such as 10.0.0.0/8`);
  const list = new BlockList();
  list.addSubnet(net, prefix, family);
  return (entry) =>
    operand.read(entry).some((value) => {
      const version = typeof value === 'string' ? isIP(value) : 0;
      return version !== 0 && typeof value === 'string' && list.check(value, version === 6 ? 'ipv6' : 'ipv4');
    });
}

/**
 * Where text is cut into words for SEARCH: the delimiters of Google's log analyzer
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/text-analysis#log_analyzer).
 */
const DELIMITERS =
  /(?:%2526|%2520|%(?:21|26|3b|7c|20|2b|3d|5d|5b|3a|0a|2c|28|29)|[[\]<>(){}|!;,'"*&?+/:=@.\-$%\\_\s])+/i;

/** The words of a text, in lower case. */
export function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(DELIMITERS)
    .filter((word) => word !== '');
}

/**
 * `SEARCH("a b")`: text that has every word of the query, in any order and case; what the query has in backticks
 * must stand there as it is, between word boundaries.
 */
export function searchText(query: string, wrong: Wrong): Test {
  const parts = query.split('`');
  if (parts.length % 2 === 0) throw wrong('SEARCH: a backtick without its partner');
  const wanted = words(parts.filter((_part, index) => index % 2 === 0).join(' '));
  const phrases = parts
    .filter((part, index) => index % 2 === 1 && part !== '')
    .map((part) => part.toLowerCase());
  if (wanted.length + phrases.length === 0) throw wrong('SEARCH: the query has no words');
  return (value) => {
    if (typeof value !== 'string') return false;
    if (wanted.length > 0) {
      const present = new Set(words(value));
      if (!wanted.every((word) => present.has(word))) return false;
    }
    return phrases.every((phrase) => hasPhrase(value.toLowerCase(), phrase));
  };
}

function hasPhrase(text: string, phrase: string): boolean {
  const isBoundary = (char: string): boolean => char === '' || words(char).length === 0;
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (isBoundary(text.charAt(at - 1)) && isBoundary(text.charAt(at + phrase.length))) return true;
  }
  return false;
}
