/** What IAM's linter says of a condition. */

export interface LintFinding {
  /** Without its prefix `LintValidationUnits/`. */
  readonly unit: string;
  readonly severity: 'ERROR' | 'WARNING' | 'NOTICE';
  readonly field: 'condition.expression' | 'condition.title';
  /** The character of the expression that it is about, counted from 0; undefined when it is about all of it. */
  readonly offset?: number;
  readonly message: string;
}

/** A finding about the expression. */
export type ExpressionFinding = Omit<LintFinding, 'field'>;
