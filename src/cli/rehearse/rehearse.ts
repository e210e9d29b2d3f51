/** `sekisho rehearse`: copies, tells what it could not, runs the command on the copy, tells what was refused. */
import { isProjectId, memberOf } from '../../names/index.js';
import { memberNamed } from '../../plane/index.js';
import type { GoogleReader } from '../../sources/index.js';
import { runChild } from '../child.js';
import { placeIn } from '../client-options.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import { upstreamProxy } from '../listen.js';
import { rehearsalEstate } from './copy.js';
import { rehearseMessages } from './messages.js';
import { stage } from './stage.js';
import { summary } from './summary.js';

export interface RehearseOptions {
  readonly project: readonly string[];
  readonly as?: string;
  readonly region?: string;
  readonly keep?: boolean;
  readonly printEstate?: boolean;
}

/**
 * The command's exit status becomes the program's.
 * @param reader Google Cloud's; one with the user's own credentials when left out
 * @throws UsageError; CopyError for a project that cannot be seen; GoogleSignInError when nobody is signed in
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
  if (projects.length === 0) throw new UsageError(messages.noProject);
  for (const id of projects) if (!isProjectId(id)) throw new UsageError(context.messages.badProject(id));
  if ((program ?? '') === '' && !printEstate) throw new UsageError(context.messages.noCommand);
  const place = placeIn(given.region === undefined ? {} : { region: given.region }, context);
  const google = reader ?? new (await import('../../sources/index.js')).GoogleReader({ env });
  const as = given.as ?? (await google.caller());
  if (!as.includes('@')) throw new UsageError(messages.unknownCaller);
  const member = memberOf(memberNamed(as));
  const { text, gaps } = await rehearsalEstate(google, { projects, as: member });
  stderr.write(`${messages.copied(projects.length, member)}\n`);
  if (gaps.length > 0) {
    stderr.write(`${messages.gaps(gaps.length)}\n${gaps.map((gap) => `  - ${gap}\n`).join('')}`);
  }
  if (printEstate) stdout.write(text);
  if (program === undefined || program === '') return;
  stderr.write(`${messages.placeholders}\n${messages.images}\n`);
  const [project = ''] = projects;
  const proxy = upstreamProxy(env, { host: '127.0.0.1', port: 0, loopback: true });
  const { status, refusals, dataDir } = await stage({
    ...{ estate: text, as: member, project, ...place, env, keep },
    ...(proxy?.kind === 'proxy' ? { upstreamProxy: proxy.url } : {}),
    run: (changed) => runChild(program, args, changed, context),
  });
  stderr.write(summary(refusals, messages));
  if (dataDir !== undefined) stderr.write(`${messages.kept(dataDir)}\n`);
  context.status = status;
}
