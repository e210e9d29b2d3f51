/** What either version shows of a service, it takes back as the same service. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../deployments/index.js';
import { ServiceSchema } from '../../google/gen/google/cloud/run/v2/service_pb.js';
import { isJsonObject, type JsonValue, messageToJson } from '../../google/index.js';
import { parseService as parseV1 } from '../run-v1/parse-service.js';
import { serviceView } from '../run-v1/view.js';
import { parseService as parseV2 } from '../run-v2/parse-service.js';
import { serviceInput } from '../run-v2/view.js';
import { alikeInCpu, anySpec, recordOf } from './testing-specs.js';

const throughText = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value));

const byV1 = (spec: ServiceSpec): ServiceSpec =>
  parseV1(throughText(serviceView({ value: recordOf(spec), version: 7 })), '42').spec;

function byV2(spec: ServiceSpec): ServiceSpec {
  const json = throughText(messageToJson(ServiceSchema, serviceInput(recordOf(spec))));
  if (!isJsonObject(json)) throw new Error('a service is an object');
  return parseV2(json, {
    name: 'web',
    projectNumber: '42',
    request: 'UpdateServiceRequest',
    template: spec.template,
  });
}

describe('a service that is read and written back', () => {
  it('is the same by v2', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        expect(byV2(spec)).toEqual(spec);
      }),
    );
  });

  it('is the same by v1, which says how CPU is allocated of all containers together', () => {
    fc.assert(
      fc.property(anySpec.map(alikeInCpu), (spec) => {
        expect(byV1(spec)).toEqual(spec);
      }),
    );
  });

  it('is the same by one version after the other', () => {
    fc.assert(
      fc.property(anySpec.map(alikeInCpu), (spec) => {
        expect(byV2(byV1(spec))).toEqual(spec);
      }),
    );
  });
});
