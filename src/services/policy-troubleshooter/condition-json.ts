/** Conditions and what comes of them, as all versions answer them. */
import { type JsonObject, STATUS } from '../../google/index.js';
import type { Condition, ConditionExplanation, ConditionResult } from '../../iam/index.js';
import { VALUE } from './enums.js';

export const conditionJson = ({ title, description, expression }: Condition): JsonObject => ({
  expression,
  ...(title === '' ? {} : { title }),
  ...(description === undefined ? {} : { description }),
});

/** @param withErrors v2alpha1's explanations have no errors */
export function explanationJson(
  { result, statements }: ConditionExplanation,
  withErrors: boolean,
): JsonObject {
  const errors = (found: ConditionResult) => (withErrors ? errorsOf(found) : {});
  return {
    value: VALUE[result.value],
    ...errors(result),
    evaluationStates: statements.map((statement) => ({
      ...(statement.start === 0 ? {} : { start: statement.start }),
      end: statement.end,
      value: VALUE[statement.result.value],
      ...errors(statement.result),
    })),
  };
}

/** "Any errors that prevented complete evaluation of the condition expression." */
function errorsOf({ value, note }: ConditionResult): { readonly errors?: JsonObject[] } {
  if (value === 'true' || value === 'false') return {};
  const { grpc } = STATUS[value === 'error' ? 'INVALID_ARGUMENT' : 'FAILED_PRECONDITION'];
  return { errors: [{ code: grpc, message: note ?? 'The condition cannot be evaluated.' }] };
}
