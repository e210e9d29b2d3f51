/** Reports that say of each requirement how it was evaluated. */
import { parsePrincipal } from '../../names/index.js';
import type { CheckReport, ReportedRequirement } from '../report.js';
import type { Facts, JudgedRequirement, Judgement } from '../types.js';
import { explanationOf } from './explanation.js';

/**
 * The report with the whole evaluation of each requirement that policies decide, where the facts hold what it was
 * decided by.
 * @param judgement the one that the report is of
 */
export function withExplanations(report: CheckReport, judgement: Judgement, facts: Facts): CheckReport {
  return {
    ...report,
    requirements: report.requirements.map((requirement, index) => {
      const judged = judgement.requirements[index];
      return judged ? withExplanation(requirement, judged, facts) : requirement;
    }),
  };
}

function withExplanation(
  requirement: ReportedRequirement,
  judged: JudgedRequirement,
  facts: Facts,
): ReportedRequirement {
  const { principal: member, permission, resource } = judged;
  if (member === undefined || permission === undefined || resource === undefined) return requirement;
  const principal = parsePrincipal(member);
  const question = principal && facts.question?.(principal, permission, resource);
  return question ? { ...requirement, explanation: explanationOf(question, judged) } : requirement;
}
