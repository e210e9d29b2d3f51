/** `sekisho rehearse`: copies, tells what it could not, runs the command on the copy, tells what was refused. */
import { isProjectId, memberOf } from '../../names/index.js';
import { memberNamed } from '../../plane/index.js';
import type { GoogleReader } from '../../sources/index.js';
import { runChild } from '../child.js';
import { placeIn } from '../client-options.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { upstreamProxy } from '../listen.js';
import { type SourceChoice, sourceChoice } from '../sources/choice.js';
import { DEFAULT_OWNER, estateFile } from '../sources/open.js';
import { rehearsalEstate } from './copy.js';
import { rehearseMessages } from './messages.js';
import { type StageOptions, stage } from './stage.js';
import { summary } from './summary.js';

export interface RehearseOptions {
  readonly project: readonly string[];
  readonly source?: string;
  readonly as?: string;
  readonly region?: string;
  readonly keep?: boolean;
  readonly printEstate?: boolean;
}

/**
 * The command's exit status becomes the program's.
 * @param reader Google Cloud's; one with the user's own credentials when left out
 * @throws UsageError; CopyError for a project that cannot be seen; GoogleSignInError when nobody is signed in;
 *   EstateError for an estate file that no plane takes
 */
export async function rehearse(
  [program, ...args]: readonly string[],
  given: RehearseOptions,
  context: CliContext,
  reader?: GoogleReader,
): Promise<void> {
  const messages = rehearseMessages[context.language];
  const { stdout, stderr, env } = context;
  const { project: projects, printEstate = false, keep = false } = given;
  for (const id of projects) if (!isProjectId(id)) throw new UsageError(context.messages.badProject(id));
  if ((program ?? '') === '' && !printEstate) throw new UsageError(context.messages.noCommand);
  const place = placeIn(given.region === undefined ? {} : { region: given.region }, context);
  const choice = sourceChoice({ source: given.source ?? 'gcp' }, context);
  const { notice, as, ...scene } =
    choice.kind === 'estate'
      ? await builtOf(choice.file, given, context)
      : await copiedOf(choice.kind, given, context, reader);
  stderr.write(notice);
  if (printEstate) stdout.write(scene.estate);
  if (program === undefined || program === '') return;
  if (choice.kind !== 'estate') stderr.write(`${messages.placeholders}\n${messages.images}\n`);
  const [project] = projects;
  const proxy = upstreamProxy(env, { host: '127.0.0.1', port: 0, loopback: true });
  const { status, refusals, dataDir } = await stage({
    ...{ ...scene, as, ...place, env, keep },
    ...(project === undefined ? {} : { project }),
    ...(proxy?.kind === 'proxy' ? { upstreamProxy: proxy.url } : {}),
    run: (changed) => runChild(program, args, changed, context),
  });
  stderr.write(summary(refusals, messages));
  if (dataDir !== undefined) stderr.write(`${messages.kept(dataDir)}\n`);
  context.status = status;
}

/** What a command runs on, who it acts as, and what is said of that. */
type Scene = Pick<StageOptions, 'estate' | 'name' | 'owner' | 'as'> & { readonly notice: string };

/** An estate file as it is. */
async function builtOf(file: string, given: RehearseOptions, context: CliContext): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  if (given.as === undefined) throw new UsageError(messages.nobody);
  if (given.project.length > 1) throw new UsageError(messages.oneProject);
  const { name, text } = await estateFile(file, context);
  const as = memberOf(memberNamed(given.as));
  return { estate: text, name, owner: DEFAULT_OWNER, as, notice: `${messages.built(name, as)}\n` };
}

/** A copy of real projects. */
async function copiedOf(
  kind: SourceChoice['kind'],
  { project: projects, as: named }: RehearseOptions,
  context: CliContext,
  reader: GoogleReader | undefined,
): Promise<Scene> {
  const messages = rehearseMessages[context.language];
  if (kind !== 'gcp') throw new UsageError(kind === 'plane' ? messages.planeIsThere : messages.noExport);
  if (projects.length === 0) throw new UsageError(messages.noProject);
  const google = reader ?? new (await import('../../sources/index.js')).GoogleReader({ env: context.env });
  const as = named ?? (await google.caller());
  if (!as.includes('@')) throw new UsageError(messages.unknownCaller);
  const member = memberOf(memberNamed(as));
  const { text, gaps } = await rehearsalEstate(google, { projects, as: member });
  const told = gaps.map((gap) => `  - ${gap}\n`).join('');
  const missing = gaps.length > 0 ? `${messages.gaps(gaps.length)}\n${told}` : '';
  return { estate: text, as: member, notice: `${messages.copied(projects.length, member)}\n${missing}` };
}
