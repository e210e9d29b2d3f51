/** Opens the source that the command line chose. */
import type { Source } from '../../checkpoint/index.js';
import type { CliContext } from '../context.js';
import { UsageError } from '../errors.js';
import type { SourceChoice } from './choice.js';
import { sourceMessages } from './messages.js';

/**
 * The source of facts, ready to be asked.
 * @throws UsageError for a file that cannot be read; ClientError when no plane runs
 */
export async function openSource(choice: SourceChoice, { language }: CliContext): Promise<Source> {
  throw new UsageError(sourceMessages[language].notThere(choice.kind));
}
