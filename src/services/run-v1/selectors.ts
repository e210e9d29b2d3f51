/** Kubernetes label selectors, as gcloud sends them in `labelSelector`. */
import { invalidArgument } from '../../google/index.js';

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

export interface Selector {
  readonly matches: Requirement;
  /** The value that the selector demands of a label by `=`; undefined when it demands none. */
  readonly valueOf: (label: string) => string | undefined;
}

const NAME = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const EQUALS = new RegExp(`^(${NAME})\\s*(=|==|!=)\\s*([A-Za-z0-9._-]*)$`);
const SET = new RegExp(`^(${NAME})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${NAME})$`);

/** @throws INVALID_ARGUMENT naming the part that cannot be read */
export function parseSelector(text: string): Selector {
  const demanded = new Map<string, string>();
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim());
  const requirements = parts.filter((part) => part !== '').map((part) => requirement(part, demanded));
  return {
    matches: (labels) => requirements.every((matches) => matches(labels)),
    valueOf: (label) => demanded.get(label),
  };
}

function requirement(part: string, demanded: Map<string, string>): Requirement {
  const [, name, operator, value] = EQUALS.exec(part) ?? [];
  if (name !== undefined && value !== undefined) {
    if (operator === '!=') return (labels) => labels[name] !== value;
    demanded.set(name, value);
    return (labels) => labels[name] === value;
  }
  const [, label, word, list] = SET.exec(part) ?? [];
  if (label !== undefined && list !== undefined) {
    const values = new Set(list.split(',').map((entry) => entry.trim()));
    return (labels) => values.has(labels[label] ?? '') === (word === 'in');
  }
  const [, not, key] = EXISTS.exec(part) ?? [];
  if (key !== undefined) return (labels) => Object.hasOwn(labels, key) === (not === '');
  throw invalidArgument(`Invalid label selector: cannot read '${part}'.`);
}
