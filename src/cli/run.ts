/** Runs one command line and gives its exit status. */
import { Command, Option } from 'commander';
import { commands } from './commands/index.js';
import { type CliContext, createContext, type World } from './context.js';
import { report } from './errors.js';
import { version } from './version.js';

/**
 * @param args the arguments, without the names of node and of the program
 * @returns the exit status: 0, 1 for a failure, 64 for a command line that cannot be followed, or a command's own
 */
export async function run(args: readonly string[], world: World): Promise<number> {
  const context = createContext(args, world);
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return context.status;
  } catch (error) {
    return report(error, context);
  }
}

function buildProgram(context: CliContext): Command {
  const { messages, stdout } = context;
  const program = new Command('sekisho');
  program
    .description(messages.description)
    .version(version(), '-V, --version', messages.options.version)
    .helpOption('-h, --help', messages.options.help)
    .helpCommand('help [command]', messages.commands.help)
    .enablePositionalOptions()
    .exitOverride()
    // Errors are said in one place, report(); help asked for goes to stdout, and so does help in place of a command.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => undefined,
    })
    .configureHelp({
      styleTitle: (title) => messages.helpTitles[title] ?? title,
      optionDescription: (option) => describeOption(option, context),
    });
  for (const register of commands) register(program, context);
  for (const command of everyCommand(program)) {
    command.helpOption('-h, --help', messages.options.help);
    command.addOption(new Option('--lang <language>', messages.options.lang).choices(['en', 'ja']));
  }
  program.addHelpText('after', `\n${messages.examples}\n`);
  return program;
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Commander's own description of an option, with its notes in the user's language. */
function describeOption(option: Option, { messages }: CliContext): string {
  const notes = [
    ...(option.argChoices ? [`${messages.choices}: ${option.argChoices.join(', ')}`] : []),
    ...(typeof option.defaultValue === 'string' ? [`${messages.default}: ${option.defaultValue}`] : []),
  ];
  return notes.length === 0 ? option.description : `${option.description} (${notes.join('; ')})`;
}
