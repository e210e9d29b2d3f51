/** `sekisho doctor`: looks this machine over. */
import { Option } from 'commander';
import type { CliContext, Register } from '../context.js';
import { EXIT_FAILURE } from '../errors.js';
import { addWhere, dataDirOf, type WhereOptions } from '../where.js';

interface DoctorOptions extends WhereOptions {
  readonly format: 'text' | 'json';
}

export const register: Register = (program, context) => {
  const { commands, options } = context.messages;
  addWhere(program.command('doctor').description(commands.doctor), context)
    .addOption(new Option('--format <format>', options.checkFormat).choices(['text', 'json']).default('text'))
    .action((given: DoctorOptions) => doctor(given, context));
};

async function doctor(given: DoctorOptions, context: CliContext): Promise<void> {
  const { env, stdout, language } = context;
  const [{ diagnose }, { page }] = await Promise.all([
    import('../../plane/index.js'),
    import('../doctor/index.js'),
  ]);
  const findings = await diagnose({ dataDir: dataDirOf(given, context), env });
  stdout.write(
    given.format === 'json'
      ? `${JSON.stringify({ schema: 'sekisho.doctor/1', findings }, null, 2)}\n`
      : page(findings, { language, colour: stdout.isTTY === true && !env.NO_COLOR }),
  );
  if (findings.some(({ state }) => state === 'missing')) context.status = EXIT_FAILURE;
}
