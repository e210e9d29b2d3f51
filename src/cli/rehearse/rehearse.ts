/** `sekisho rehearse`: copies, tells what it could not, runs the command on the copy, tells what was refused. */
import { isProjectId } from '../../names/index.js';
import type { GoogleReader } from '../../sources/index.js';
import { runChild } from '../child.js';
import { placeIn } from '../client-options.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { upstreamProxy } from '../listen.js';
import { sourceChoice } from '../sources/choice.js';
import { rehearseMessages } from './messages.js';
import { type SceneOptions, sceneOf } from './scene.js';
import { stage } from './stage.js';
import { summary } from './summary.js';

export interface RehearseOptions extends SceneOptions {
  readonly complete?: boolean;
  readonly source?: string;
  readonly groups?: string;
  readonly region?: string;
  readonly keep?: boolean;
  readonly printEstate?: boolean;
}

/**
 * The command's exit status becomes the program's.
 * @param reader Google Cloud's; one with the user's own credentials when left out
 * @throws UsageError; CopyError for a project that cannot be seen; GoogleSignInError when nobody is signed in;
 *   EstateError for an estate file that no plane takes; AssetsProblem and BadInput for an export or a file of groups
 *   that cannot be read
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
  const { source = 'gcp', groups, complete = false } = given;
  const choice = sourceChoice({ source, complete, ...(groups === undefined ? {} : { groups }) }, context);
  const { notice, as, ...scene } = await sceneOf(choice, given, context, reader);
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
