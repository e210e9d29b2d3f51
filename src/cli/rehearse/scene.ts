/** What a rehearsal is played on: an estate file as it is, or a copy of real projects, live or out of an export. */
import { memberOf } from '../../names/index.js';
import { DEFAULT_OWNER, memberNamed } from '../../plane/clients/index.js';
import type { GoogleReader } from '../../sources/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { openExport } from '../sources/assets.js';
import type { SourceChoice } from '../sources/choice.js';
import { groupsIn } from '../sources/groups.js';
import { estateFile } from '../sources/open.js';
import { exportedEstate, type RehearsalEstate, rehearsalEstate } from './copy.js';
import { type RehearseMessages, rehearseMessages } from './messages.js';
import type { StageOptions } from './stage.js';

export interface SceneOptions {
  readonly project: readonly string[];
  readonly as?: string;
}

/** What a command runs on, who it acts as, and what is said of that. */
export type Scene = Pick<StageOptions, 'estate' | 'name' | 'owner' | 'as'> & { readonly notice: string };

/**
 * @param reader Google Cloud's; one with the user's own credentials when left out
 * @throws UsageError, BadInput and AssetsProblem for a command line or a file that cannot be followed; CopyError for a
 *   project that cannot be copied; GoogleSignInError when nobody is signed in
 */
export async function sceneOf(
  choice: SourceChoice,
  given: SceneOptions,
  context: CliContext,
  reader?: GoogleReader,
): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  switch (choice.kind) {
    case 'estate':
      return ofFile(choice, given, context);
    case 'plane':
      throw new UsageError(messages.planeIsThere);
    case 'assets':
      return ofExport(choice, given, context);
    case 'gcp':
      return ofGoogle(choice, given, context, reader);
  }
}

async function ofFile(
  { file, groups }: Extract<SourceChoice, { kind: 'estate' }>,
  { as, project }: SceneOptions,
  context: CliContext,
): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  const member = actor(as, messages);
  if (project.length > 1) throw new UsageError(messages.oneProject);
  if (groups !== undefined) throw new UsageError(messages.groupsOfCopies);
  const { name, text } = await estateFile(file, context);
  return {
    estate: text,
    name,
    owner: DEFAULT_OWNER,
    as: member,
    notice: `${messages.built(name, member)}\n`,
  };
}

async function ofExport(
  choice: Extract<SourceChoice, { kind: 'assets' }>,
  { as, project: projects }: SceneOptions,
  context: CliContext,
): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  const member = actor(as, messages);
  if (projects.length === 0) throw new UsageError(messages.noProject);
  const opened = await openExport(choice, context);
  const copy = await exportedEstate(opened, { projects, as: member });
  return copied(copy, { projects, as: member, notes: opened.notes, hint: !choice.complete }, messages);
}

async function ofGoogle(
  { groups: file }: Extract<SourceChoice, { kind: 'gcp' }>,
  { as: named, project: projects }: SceneOptions,
  context: CliContext,
  reader: GoogleReader | undefined,
): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  if (projects.length === 0) throw new UsageError(messages.noProject);
  const groups = file === undefined ? undefined : await groupsIn(file, context);
  const google = reader ?? new (await import('../../sources/index.js')).GoogleReader({ env: context.env });
  const as = named ?? (await google.caller());
  if (!as.includes('@')) throw new UsageError(messages.unknownCaller);
  const member = actor(as, messages);
  const copy = await rehearsalEstate(google, { projects, as: member, ...(groups && { groups }) });
  return copied(copy, { projects, as: member, notes: [], hint: false }, messages);
}

/** @throws UsageError when nobody is named; ClientError for what is no member */
function actor(named: string | undefined, messages: RehearseMessages): string {
  if (named === undefined) throw new UsageError(messages.nobody);
  return memberOf(memberNamed(named));
}

interface Copied {
  readonly projects: readonly string[];
  readonly as: string;
  /** What should be known of what was read. */
  readonly notes: readonly string[];
  /** Say that there may be less of them: the export may be of everything. */
  readonly hint: boolean;
}

function copied(
  { text, gaps }: RehearsalEstate,
  { projects, as, notes, hint }: Copied,
  messages: RehearseMessages,
): Scene {
  const told = gaps.map((gap) => `  - ${gap}`);
  const lines = [
    messages.copied(projects.length, as),
    ...notes,
    ...(told.length > 0
      ? [messages.gaps(told.length), ...told, ...(hint ? [messages.sayComplete] : [])]
      : []),
  ];
  return { estate: text, as, notice: lines.map((line) => `${line}\n`).join('') };
}
