/** `sekisho image build` and `sekisho image push`. */
import type { Command } from 'commander';
import type { CliContext, Register } from '../context.js';
import type { BuildImageOptions } from '../image/build.js';
import type { PushImageOptions } from '../image/push.js';
import { addWhere, addWho } from '../where.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const register: Register = (program, context) => {
  const { commands } = context.messages;
  const image = program.command('image').description(commands.image);
  addBuild(image, context);
  addPush(image, context);
};

function addBuild(image: Command, context: CliContext): void {
  const { commands, options, imageExamples } = context.messages;
  addWhere(image.command('build').description(commands.imageBuild), context)
    .argument('<dir>', options.imageDir)
    .argument('[command...]', options.imageCommand)
    .requiredOption('--tag <image>', options.imageTag)
    .option('--binary <file>', options.imageBinary, collect, [])
    .option('--env <name=value>', options.imageEnv, collect, [])
    .option('--workdir <path>', options.imageWorkdir, '/app')
    .option('--user <user>', options.imageUser)
    .option('--output <dir>', options.imageOutput)
    .addHelpText('after', `\n${imageExamples}\n`)
    .action(async (dir: string, command: readonly string[], given: BuildImageOptions) =>
      (await import('../image/index.js')).build(dir, command, given, context),
    );
}

function addPush(image: Command, context: CliContext): void {
  const { commands, options } = context.messages;
  addWho(image.command('push').description(commands.imagePush), context)
    .argument('<image>', options.imageTag)
    .option('--from <dir>', options.imageFrom)
    .action(async (reference: string, given: PushImageOptions) =>
      (await import('../image/index.js')).push(reference, given, context),
    );
}
