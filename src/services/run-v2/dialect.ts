/** How v2 spells what instances run. */
import type { ExecutionEnvironment } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { choice } from '../run/choice.js';
import type { Fields } from '../run/fields.js';
import type { InstanceDialect } from '../run/instance.js';
import { UNSUPPORTED } from '../run/unsupported.js';

const ENVIRONMENTS: Readonly<Record<string, ExecutionEnvironment>> = {
  EXECUTION_ENVIRONMENT_GEN1: 'gen1',
  EXECUTION_ENVIRONMENT_GEN2: 'gen2',
};

/** A secret by its id, or in full. */
const SECRET_NAME = /^(?:projects\/[^/]+\/secrets\/)?[A-Za-z0-9_-]{1,255}$/;

function secretOf(fields: Fields): string {
  const name = fields.string('secret') ?? '';
  if (name === '') throw badField(fields.at('secret'), 'required field not present.');
  if (SECRET_NAME.test(name)) return name;
  throw badField(
    fields.at('secret'),
    `Invalid secret '${name}': expected SECRET or projects/PROJECT/secrets/SECRET.`,
  );
}

/** For `parseInstance`. */
export const V2_DIALECT: InstanceDialect = {
  account: 'serviceAccount',
  executionEnvironment: (template) => choice(template, 'executionEnvironment', ENVIRONMENTS),
  checkNames: () => undefined,
  secretSource: 'valueSource',
  secret: (reference) => ({
    name: secretOf(reference),
    version: reference.string('version') || 'latest',
  }),
  // "if ResourceRequirements is set, the caller must explicitly set this field to true to preserve the default"
  // (google.cloud.run.v2.ResourceRequirements.cpu_idle).
  cpu: (resources) => ({
    cpuIdle: resources === undefined ? true : (resources.boolean('cpuIdle') ?? false),
    startupCpuBoost: resources?.boolean('startupCpuBoost') ?? false,
  }),
  dependsOn: (container) => container.strings('dependsOn'),
  volumeSecret: secretOf,
  itemVersion: 'version',
  mediums: ['MEMORY'],
  meaninglessInSources: [],
  unsupported: UNSUPPORTED.v2,
  meaningless: ['buildInfo'],
};
