/** Opens the source that the command line chose. */
import { readFile } from 'node:fs/promises';
import type { CheckReport, CheckRequest, ImageReadCheck, Source } from '../../checkpoint/index.js';
import { adminCall, DEFAULT_OWNER } from '../../plane/clients/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { planeOf } from '../where.js';
import type { SourceChoice } from './choice.js';
import { groupsIn } from './groups.js';
import { sourceMessages } from './messages.js';

/** A source, and what comes with it. */
export interface OpenedSource extends Source {
  /** Who deploys when nobody is named, as a member; undefined where the source does not say. */
  readonly asker: () => Promise<string | undefined>;
  /** A plane's own settings. */
  readonly settings?: { readonly imageReadCheck: ImageReadCheck; readonly platform: string };
  /** A plane's own answer, which is what its gate would say. */
  readonly own?: (request: CheckRequest) => Promise<CheckReport>;
  /** What a reader should know of what was read, in English. */
  readonly notes: readonly string[];
  /** Removes what was made to answer. */
  readonly close: () => Promise<void>;
}

type Rest = Partial<Pick<OpenedSource, 'asker' | 'settings' | 'own' | 'notes' | 'close'>>;

/**
 * The source of facts, ready to be asked. Close it in the end.
 * @throws UsageError, BadInput, AssetsProblem and EstateError for files that cannot be read; ClientError when no plane
 *   runs; PlaneError when it does not answer
 */
export async function openSource(choice: SourceChoice, context: CliContext): Promise<OpenedSource> {
  const { assuming, withGroups } = await import('../../sources/index.js');
  // Read first: a file that cannot be read is wrong whatever the source is.
  const groups = choice.groups === undefined ? undefined : await groupsIn(choice.groups, context);
  const { source, ...rest } = await opened(choice, groups, context);
  const helped = groups === undefined ? source : withGroups(source, groups);
  return {
    ...assuming(helped, choice.assume),
    asker: async () => undefined,
    notes: [],
    close: async () => undefined,
    ...rest,
  };
}

type Groups = Readonly<Record<string, readonly string[]>>;

async function opened(
  choice: SourceChoice,
  groups: Groups | undefined,
  context: CliContext,
): Promise<Rest & { readonly source: Source }> {
  const sources = await import('../../sources/index.js');
  switch (choice.kind) {
    case 'plane': {
      const plane = await planeOf(choice.where, context);
      const [source, status] = await Promise.all([
        sources.planeSource(plane),
        adminCall(plane, 'GET /v1/status'),
      ]);
      return {
        source,
        settings: settingsOf(status),
        asker: async () => plane.owner,
        // What the user knows better is not known to the plane.
        ...(groups === undefined && { own: (request) => sources.checkOnPlane(plane, request) }),
      };
    }
    case 'gcp': {
      const reader = new sources.GoogleReader({ env: context.env });
      return { source: sources.googleSource({ reader }), asker: () => askerOf(reader) };
    }
    case 'assets': {
      const { inventory, notes } = await sources.openAssets(choice.path, {
        complete: choice.complete,
        ...(groups && { groups }),
      });
      return { source: sources.inventorySource(inventory), notes };
    }
    case 'estate': {
      const file = await estateFile(choice.file, context);
      const { estateSource } = await import('../../plane/index.js');
      const { source, close } = await estateSource([file], { owner: DEFAULT_OWNER });
      return { source, close, asker: async () => DEFAULT_OWNER };
    }
  }
}

/** Of another version of the plane, which might say less: what a plane does unless it is told otherwise. */
export function settingsOf({
  imageReadCheck,
  platform,
}: Readonly<Record<string, unknown>>): NonNullable<OpenedSource['settings']> {
  const soft = imageReadCheck === 'warn' || imageReadCheck === 'off';
  return {
    imageReadCheck: soft ? imageReadCheck : 'enforce',
    platform: typeof platform === 'string' ? platform : 'linux/amd64',
  };
}

/** Google tells the address of who asks, where the credentials have one. */
async function askerOf(reader: { caller(): Promise<string> }): Promise<string | undefined> {
  const caller = await reader.caller();
  return caller.includes('@') ? caller : undefined;
}

/** @throws UsageError for a file that cannot be read */
export async function estateFile(
  name: string,
  { language }: CliContext,
): Promise<{ name: string; text: string }> {
  const text = await readFile(name, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(sourceMessages[language].cannotRead(name, error.code ?? error.message));
  });
  return { name, text };
}
