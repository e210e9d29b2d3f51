/** Reads the few gcloud command lines that the demo uses, where gcloud itself is not there to read them. */

/** A command line taken apart: `run deploy NAME --image I` has the words `run deploy` and the name. */
export interface GcloudCommand {
  /** e.g. `run deploy` */
  readonly name: string;
  readonly positional: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
}

/** A command line that is none of the demo's; the message says what is wrong with it. */
export class UnknownCommand extends Error {
  override readonly name = 'UnknownCommand';
}

const PLACE = ['--project', '--location'];
const BINDING = ['--member', '--role', '--condition'];

/** Every command with how many positional arguments it takes at least and at most, and its flags. */
const COMMANDS: Readonly<
  Record<string, { readonly takes: readonly [number, number]; readonly flags: readonly string[] }>
> = {
  'projects create': { takes: [1, 1], flags: [] },
  'projects add-iam-policy-binding': { takes: [1, 1], flags: BINDING },
  'services enable': { takes: [1, 20], flags: ['--project'] },
  'artifacts repositories create': { takes: [1, 1], flags: [...PLACE, '--repository-format'] },
  'artifacts repositories add-iam-policy-binding': { takes: [1, 1], flags: [...PLACE, ...BINDING] },
  'artifacts repositories remove-iam-policy-binding': { takes: [1, 1], flags: [...PLACE, ...BINDING] },
  'iam service-accounts add-iam-policy-binding': { takes: [1, 1], flags: ['--project', ...BINDING] },
  'run deploy': {
    takes: [1, 1],
    flags: ['--project', '--region', '--image', '--allow-unauthenticated', '--no-allow-unauthenticated'],
  },
  'logging read': { takes: [1, 1], flags: ['--project', '--format'] },
};

/** Flags that stand for themselves. */
const SWITCHES = new Set(['--allow-unauthenticated', '--no-allow-unauthenticated']);

/**
 * Reads arguments as gcloud does: flags anywhere, with their value behind `=` or in the next word.
 * @throws UnknownCommand for any command or flag beyond the demo's
 */
export function parseGcloud(args: readonly string[]): GcloudCommand {
  const name = Object.keys(COMMANDS).find((each) => each === args.slice(0, each.split(' ').length).join(' '));
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name === undefined || !command)
    throw new UnknownCommand(`gcloud ${args.join(' ')}: not known without gcloud`);
  const positional: string[] = [];
  const flags = new Map<string, string>();
  const rest = args.slice(name.split(' ').length);
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? '';
    if (!word.startsWith('--')) {
      positional.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    if (!command.flags.includes(flag))
      throw new UnknownCommand(`gcloud ${name}: ${flag} is not known without gcloud`);
    const value = SWITCHES.has(flag) ? '' : equals < 0 ? rest[++index] : word.slice(equals + 1);
    if (value === undefined) throw new UnknownCommand(`gcloud ${name}: ${flag} needs a value`);
    flags.set(flag, value);
  }
  const [least, most] = command.takes;
  if (positional.length < least || positional.length > most) {
    throw new UnknownCommand(`gcloud ${name}: ${positional.length} arguments`);
  }
  return { name, positional, flags };
}

/** A flag that must be there. @throws UnknownCommand naming it */
export function required({ name, flags }: GcloudCommand, flag: string): string {
  const value = flags.get(flag);
  if (value === undefined) throw new UnknownCommand(`gcloud ${name}: ${flag} is missing`);
  return value;
}
