/** What is known only once the plane runs: the projects' numbers, put in where a story leaves room for them. */
import { cloudRunAgent, defaultComputeAccount } from '../../names/index.js';

/** Project id → project number. */
export type Facts = ReadonlyMap<string, string>;

const PLACEHOLDER = /\{(number|agent|compute):([a-z][a-z0-9-]+)\}/g;

/**
 * Fills a text's placeholders: `{number:P}`, `{agent:P}` (the Cloud Run service agent of project P) and
 * `{compute:P}` (its default compute service account).
 * @throws Error when the project's number is not known yet
 */
export function fill(text: string, facts: Facts): string {
  return text.replace(PLACEHOLDER, (_, kind: string, project: string) => {
    const number = facts.get(project);
    if (number === undefined) throw new Error(`the number of ${project} is not known yet`);
    if (kind === 'agent') return cloudRunAgent(number);
    return kind === 'compute' ? defaultComputeAccount(number) : number;
  });
}
