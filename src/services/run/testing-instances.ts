/** For tests of what instances run: a template parsed as v2 spells it, whatever kind it is of. */
import type { InstanceTemplate } from '../../deployments/index.js';
import { GoogleError, type JsonObject } from '../../google/index.js';
import type { RunKind } from '../../names/index.js';
import { V2_DIALECT } from '../run-v2/dialect.js';
import { asInProtos, Fields } from './fields.js';
import { parseInstance } from './instance.js';

export const image = 'gcr.io/a/b';
export const AT = 'Violation in CreateServiceRequest.service.template';

export function parse(template: JsonObject, kind: RunKind = 'service'): InstanceTemplate {
  const fields = Fields.of(template, AT, asInProtos);
  const parsed = parseInstance(fields, { kind, name: 'web', projectNumber: '42' }, V2_DIALECT);
  fields.done();
  return parsed;
}

/** A template with one container. */
export const alone = (container: JsonObject, rest: JsonObject = {}): JsonObject => ({
  containers: [{ image, ...container }],
  ...rest,
});

/** What an act is refused with; the template's own path is left out. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GoogleError) return error.message.replace(`${AT}.`, '');
    throw error;
  }
  throw new Error('accepted');
}
