/** Conditions as v2 shows them: states for statuses, and reasons as enums. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Condition, ConditionStatus } from '../../deployments/index.js';
import {
  Condition_CommonReason,
  Condition_ExecutionReason,
  Condition_RevisionReason,
  type ConditionSchema,
  Condition_Severity as Severity,
  Condition_State as State,
} from '../../google/gen/google/cloud/run/v2/condition_pb.js';

type ConditionInit = MessageInitShape<typeof ConditionSchema>;

const STATES: Readonly<Record<ConditionStatus, State>> = {
  True: State.CONDITION_SUCCEEDED,
  False: State.CONDITION_FAILED,
  Unknown: State.CONDITION_PENDING,
};
const SEVERITIES = { Info: Severity.INFO, Warning: Severity.WARNING } as const;

export function conditionMessage(condition: Condition): ConditionInit {
  const { type, status, reason, message, severity, lastTransitionTime } = condition;
  return {
    type,
    state: STATES[status],
    lastTransitionTime: timestampFromDate(new Date(lastTransitionTime)),
    reasons: reasonOf(reason ?? ''),
    ...(message === undefined ? {} : { message }),
    ...(severity === undefined ? {} : { severity: SEVERITIES[severity] }),
  };
}

/** v1's words are v2's in another spelling: `ContainerMissing` is CONTAINER_MISSING, in one of three enums. */
function reasonOf(reason: string): NonNullable<ConditionInit['reasons']> {
  const name = reason.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
  if (isNameIn(Condition_CommonReason, name)) return { case: 'reason', value: Condition_CommonReason[name] };
  if (isNameIn(Condition_RevisionReason, name))
    return { case: 'revisionReason', value: Condition_RevisionReason[name] };
  if (isNameIn(Condition_ExecutionReason, name))
    return { case: 'executionReason', value: Condition_ExecutionReason[name] };
  return reason === '' ? { case: undefined } : { case: 'reason', value: Condition_CommonReason.UNKNOWN };
}

function isNameIn<E extends Record<string, string | number>>(
  reasons: E,
  name: string,
): name is Extract<keyof E, string> {
  return Object.hasOwn(reasons, name) && typeof reasons[name] === 'number';
}
