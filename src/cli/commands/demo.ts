/** `sekisho demo`: two deploys on a plane of their own, from the first refusal to the running service. */
import type { CliContext, Register } from '../context.js';

interface DemoCommandOptions {
  readonly keep?: boolean;
  readonly gcloud: boolean;
  readonly data?: string;
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  program
    .command('demo')
    .description(commands.demo)
    .option('--keep', options.keep)
    .option('--no-gcloud', options.noGcloud)
    .option('--data <dir>', options.demoData)
    .action((given: DemoCommandOptions) => run(given, context));
};

async function run({ keep = false, gcloud, data }: DemoCommandOptions, context: CliContext): Promise<void> {
  const { demo } = await import('../demo/index.js');
  context.status = await demo({ keep, gcloud, ...(data === undefined ? {} : { data }) }, context);
}
