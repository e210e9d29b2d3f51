/** What instances run, as the templates of services, jobs and worker pools say it in v1 and v2. */
import type { ExecutionEnvironment, InstanceTemplate } from '../../deployments/index.js';
import { badField } from '../../google/index.js';
import { defaultComputeAccount, isEmail } from '../../names/index.js';
import { type ContainerDialect, type ContainerOwner, parseContainers } from './container.js';
import type { Fields } from './fields.js';
import { checkTotals } from './resources.js';
import { parseVolumes, type VolumeDialect } from './volumes.js';

/** What the versions spell differently. */
export interface InstanceDialect extends ContainerDialect, VolumeDialect {
  /** The field with the runtime identity. */
  readonly account: 'serviceAccountName' | 'serviceAccount';
  readonly executionEnvironment: (fields: Fields) => ExecutionEnvironment | undefined;
  /** Looks whether what is said of containers elsewhere is of containers that there are. @throws INVALID_ARGUMENT */
  readonly checkNames: (names: readonly string[]) => void;
  readonly unsupported: ContainerDialect['unsupported'] &
    VolumeDialect['unsupported'] & { readonly template: readonly string[] };
}

export interface InstanceOwner extends ContainerOwner {
  /** Names the default runtime identity. */
  readonly projectNumber: string;
}

/**
 * The fields of a template that say what one instance runs. The caller reads the others, then calls `fields.done()`.
 * @param fields v1's `spec` (a RevisionSpec or TaskSpec), v2's template (of a revision, a task or a worker pool)
 * @throws INVALID_ARGUMENT naming the field
 */
export function parseInstance(
  fields: Fields,
  owner: InstanceOwner,
  dialect: InstanceDialect,
): InstanceTemplate {
  const given = fields.string(dialect.account) ?? '';
  if (given !== '' && !isEmail(given))
    throw badField(fields.at(dialect.account), `'${given}' is no service account's address.`);
  const executionEnvironment = dialect.executionEnvironment(fields);
  const volumes = parseVolumes(fields, dialect);
  const containers = parseContainers(fields, owner, volumes, dialect);
  dialect.checkNames(containers.map(({ name }) => name));
  fields.unsupported(...dialect.unsupported.template);
  // Jobs and worker pools run in the second generation, whatever they say; services are checked with their concurrency.
  if (owner.kind !== 'service') checkTotals(fields, containers, 'gen2');
  return {
    serviceAccount: given === '' ? defaultComputeAccount(owner.projectNumber) : given,
    ...(executionEnvironment === undefined ? {} : { executionEnvironment }),
    containers,
    volumes,
  };
}
