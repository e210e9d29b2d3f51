/** Severities, in their order (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity). */
import type { Severity } from './types.js';

/** Each severity's number; greater is worse. */
export const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = {
  DEFAULT: 0,
  DEBUG: 100,
  INFO: 200,
  NOTICE: 300,
  WARNING: 400,
  ERROR: 500,
  CRITICAL: 600,
  ALERT: 700,
  EMERGENCY: 800,
};

const NAMES = Object.keys(SEVERITY_NUMBER).filter(isSeverity);

/** True for the exact name of a severity. */
export function isSeverity(text: string): text is Severity {
  return Object.hasOwn(SEVERITY_NUMBER, text);
}

/** The severity of that number; a number between two means the lower one (LogSeverity's documentation). */
export function severityOfNumber(number: number): Severity {
  return NAMES.filter((name) => SEVERITY_NUMBER[name] <= number).at(-1) ?? 'DEFAULT';
}

/** What loggers call the severities, as Google's logging agents translate it. */
const ALIASES: Readonly<Record<string, Severity>> = {
  TRACE: 'DEBUG',
  FINE: 'DEBUG',
  FINER: 'DEBUG',
  FINEST: 'DEBUG',
  CONFIG: 'DEBUG',
  D: 'DEBUG',
  I: 'INFO',
  INFORMATION: 'INFO',
  N: 'NOTICE',
  W: 'WARNING',
  WARN: 'WARNING',
  E: 'ERROR',
  ERR: 'ERROR',
  SEVERE: 'ERROR',
  C: 'CRITICAL',
  CRIT: 'CRITICAL',
  FATAL: 'CRITICAL',
  A: 'ALERT',
  EMERG: 'EMERGENCY',
};

/**
 * The severity that a structured log line means, which may be spelled as its logger does
 * (https://github.com/GoogleCloudPlatform/fluent-plugin-google-cloud, `parse_severity`); DEFAULT when unknown.
 */
export function severityOfLine(value: unknown): Severity {
  if (typeof value === 'number') return severityOfNumber(value);
  if (typeof value !== 'string') return 'DEFAULT';
  const text = value.trim().toUpperCase();
  if (/^\d+$/.test(text)) return severityOfNumber(Number(text));
  return isSeverity(text) ? text : ((Object.hasOwn(ALIASES, text) ? ALIASES[text] : undefined) ?? 'DEFAULT');
}
