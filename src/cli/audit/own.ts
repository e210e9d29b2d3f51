/** The estate of a plane, of one that runs or of one that an estate file makes, for an audit. */
import type { Inventory, Source } from '../../checkpoint/index.js';
import { adminCall, DEFAULT_OWNER } from '../../plane/clients/index.js';
import { estateSource } from '../../plane/index.js';
import type { CliContext } from '../context.js';
import type { SourceChoice } from '../sources/choice.js';
import { groupsIn } from '../sources/groups.js';
import { estateFile, settingsOf } from '../sources/open.js';
import { planeOf } from '../where.js';

export type OwnChoice = Extract<SourceChoice, { kind: 'plane' | 'estate' }>;

interface Own {
  /** Everything but what is asked about each thing by itself: images, customers. */
  readonly base: Inventory;
  readonly source: Source;
  /** What its images must run on, where it says. */
  readonly platform?: string;
  readonly close: () => Promise<void>;
}

/**
 * @param ask asks the inventory everything that will be asked of it
 * @throws UsageError and EstateError for files that cannot be read; ClientError when no plane runs; PlaneError when it
 *   does not answer
 */
export async function readOwn(
  choice: OwnChoice,
  ask: (inventory: Inventory, platform: string | undefined) => Promise<unknown>,
  context: CliContext,
): Promise<{ inventory: Inventory; platform?: string }> {
  const { assumingOf, learnedInventory } = await import('../../sources/index.js');
  const groups = choice.groups === undefined ? {} : await groupsIn(choice.groups, context);
  const { base, source, platform, close } =
    choice.kind === 'plane' ? await ofPlane(choice, context) : await ofEstate(choice, context);
  const assuming = (inventory: Inventory) => assumingOf(inventory, choice.assume);
  try {
    const inventory = await learnedInventory({
      ...{ name: source.name, runs: base.runs, base, source, groups },
      membersOf: async (group) => membersOf(`group:${group}`, base),
      ask: (read) => ask(assuming(read), platform),
    });
    return { inventory: assuming(inventory), ...(platform === undefined ? {} : { platform }) };
  } finally {
    await close();
  }
}

async function membersOf(group: string, { groups }: Inventory) {
  if (!groups.isReadable(group)) return { unknown: true as const, why: groups.why(group) };
  return groups.membersOf(group) ?? [];
}

async function ofPlane({ where }: Extract<OwnChoice, { kind: 'plane' }>, context: CliContext): Promise<Own> {
  const { planeInventory, planeSource } = await import('../../sources/index.js');
  const plane = await planeOf(where, context);
  const [base, source, status] = await Promise.all([
    planeInventory(plane),
    planeSource(plane),
    adminCall(plane, 'GET /v1/status'),
  ]);
  return { base, source, platform: settingsOf(status).platform, close: async () => undefined };
}

async function ofEstate({ file }: Extract<OwnChoice, { kind: 'estate' }>, context: CliContext): Promise<Own> {
  const { inventoryOfPlane } = await import('../../sources/index.js');
  const { source, contents, close } = await estateSource([await estateFile(file, context)], {
    owner: DEFAULT_OWNER,
  });
  try {
    return { base: inventoryOfPlane(await contents(), source.name), source, close };
  } catch (error) {
    await close();
    throw error;
  }
}
