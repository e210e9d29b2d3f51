import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { V2_DIALECT } from '../run-v2/dialect.js';
import { asInProtos, Fields } from './fields.js';
import { parseInstance } from './instance.js';
import { checkTotals } from './resources.js';
import { AT, image, refusal } from './testing-instances.js';

describe('CPU and memory together', () => {
  const asked = (...limits: readonly (readonly [string, string])[]) =>
    limits.map(
      ([cpu, bytes], index): JsonObject => ({
        image,
        name: `c${index}`,
        resources: { limits: { cpu, memory: bytes }, cpuIdle: true },
        ...(index === 0 ? { ports: [{}] } : {}),
      }),
    );
  const check = (containers: JsonObject[], environment?: 'gen1' | 'gen2', concurrency = 1) => {
    const fields = Fields.of({ containers }, AT, asInProtos);
    const parsed = parseInstance(fields, { kind: 'service', name: 'web', projectNumber: '42' }, V2_DIALECT);
    checkTotals(fields, parsed.containers, environment, concurrency);
  };

  it.each<[string, JsonObject[]]>([
    ['the least', asked(['0.08', '128Mi'])],
    ['the most', asked(['8', '32Gi'])],
    ['eight CPUs with as little memory as may be', asked(['8', '4Gi'])],
    ['sidecars that share it', asked(['1', '2Gi'], ['0.5', '1Gi'], ['0.5', '1Gi'])],
  ])('may be %s', (_, containers) => {
    expect(() => check(containers)).not.toThrow();
  });

  it.each<[string, JsonObject[], string]>([
    ['a CPU and a half', asked(['1.5', '1Gi']), "limits.cpu: Invalid value specified for cpu: '1.5'."],
    ['nine CPUs', asked(['9', '4Gi']), "limits.cpu: Invalid value specified for cpu: '9'."],
    ['nine CPUs in two', asked(['8', '4Gi'], ['1', '1Gi']), 'Total cpu must not be greater than 8.'],
    ['no memory', asked(['1', '0']), "limits.memory: Invalid value specified for memory: '0'."],
    [
      'too little memory',
      asked(['1', '127Mi']),
      'For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive.',
    ],
    ['too much for one', asked(['1', '5Gi']), 'For 1.0 CPU, memory must be between 128Mi and 4Gi inclusive.'],
    [
      'too much for half',
      asked(['0.5', '2Gi']),
      'For 0.5 CPU, memory must be between 128Mi and 1Gi inclusive.',
    ],
    [
      'too little for four',
      asked(['4', '1Gi']),
      'For 4.0 CPU, memory must be between 2Gi and 16Gi inclusive.',
    ],
    [
      'too much for two in two',
      asked(['1', '4Gi'], ['1', '5Gi']),
      'For 2.0 CPU, memory must be between 128Mi and 8Gi',
    ],
  ])('are not %s', (_, containers, message) => {
    expect(refusal(() => check(containers))).toContain(message);
  });

  it('of less than a CPU serve one request at a time, in the first generation', () => {
    const half = asked(['0.5', '512Mi']);
    const at =
      'template.containers.resources.limits.cpu: Invalid value specified for cpu. Total cpu < 1 is not supported with';
    expect(refusal(() => check(half, undefined, 80))).toBe(`${at} concurrency > 1.`);
    expect(refusal(() => check(half, 'gen2', 1))).toBe(`${at} gen2 execution environment.`);
    const [container = {}] = half;
    const always = [{ ...container, resources: { limits: { cpu: '0.5' }, cpuIdle: false } }];
    expect(refusal(() => check(always))).toBe(`${at} cpu-throttling set to false.`);
  });
});
