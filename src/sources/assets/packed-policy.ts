/** Policies as numbers, which cost little to hand over and to keep: of an estate's bindings few are ever asked for. */
import type { BindingFilter } from '../../checkpoint/index.js';
import type { Binding, Condition, Policy } from '../../iam/index.js';
import type { KeptPolicy } from '../inventory/index.js';
import type { Numbers } from './numbers.js';
import type { NumberedTexts, Numbering } from './texts.js';

/** Stands where there is no such thing: a policy that is none, a binding without a condition. */
export const NONE = -1;

export type RoleFilter = (role: string) => boolean;

/** The numbers of roles, which come again in every policy. */
export class RoleNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #texts: Numbering;
  readonly #matters: RoleFilter;

  /** @param matters bindings of other roles are left out */
  constructor(texts: Numbering, matters: RoleFilter = () => true) {
    this.#texts = texts;
    this.#matters = matters;
  }

  /** NONE where bindings of it are left out. */
  of(role: string): number {
    const known = this.#numbers.get(role);
    if (known !== undefined) return known;
    const number = this.#matters(role) ? this.#texts.of(role) : NONE;
    this.#numbers.set(role, number);
    return number;
  }
}

/** Writes a policy behind what is there: version, how many numbers follow, and bindings; undefined for what is none. */
export function packPolicy(
  policy: Policy | undefined,
  into: Numbers,
  texts: Numbering,
  roles: RoleNumbers,
): void {
  if (policy === undefined) {
    into.push(NONE);
    return;
  }
  into.push(policy.version);
  into.push(0);
  const start = into.length;
  for (const { role, members, condition } of policy.bindings) {
    const number = roles.of(role);
    if (number === NONE) continue;
    into.push(number);
    into.push(condition ? texts.of(JSON.stringify(condition)) : NONE);
    into.push(members.length);
    for (const member of members) into.push(texts.of(member));
  }
  into.set(start - 1, into.length - start);
}

/** Numbers before a policy's bindings, and before a binding's members. */
const POLICY_HEAD = 2;
const BINDING_HEAD = 3;
const NO_ETAG = '';

/** A policy that packPolicy() wrote, put together as far as it is asked for. */
export class PackedPolicy implements KeptPolicy {
  readonly #numbers: Int32Array;
  readonly #start: number;
  readonly #texts: NumberedTexts;
  #whole: Policy | undefined;

  /** @param start where its version is */
  constructor(numbers: Int32Array, start: number, texts: NumberedTexts) {
    this.#numbers = numbers;
    this.#start = start;
    this.#texts = texts;
  }

  /** Itself; undefined where what was packed is no policy. */
  readable(): PackedPolicy | undefined {
    return this.#numbers[this.#start] === NONE ? undefined : this;
  }

  /** Where a policy ends that begins here. */
  static end(numbers: Int32Array, start: number): number {
    if (numbers[start] === NONE) return start + 1;
    return start + POLICY_HEAD + (numbers[start + 1] ?? 0);
  }

  whole(): Policy {
    this.#whole ??= this.#policy(() => true);
    return this.#whole;
  }

  only(matters: BindingFilter): Policy | undefined {
    if (this.#numbers[this.#start + 1] === 0) return undefined;
    const policy = this.#policy(matters);
    return policy.bindings.length === 0 ? undefined : policy;
  }

  #policy(matters: BindingFilter): Policy {
    const numbers = this.#numbers;
    const bindings: Binding[] = [];
    const after = PackedPolicy.end(numbers, this.#start);
    for (let at = this.#start + POLICY_HEAD; at < after; ) {
      const end = at + BINDING_HEAD + (numbers[at + 2] ?? 0);
      if (matters(this.#text(at), numbers[at + 1] !== NONE)) bindings.push(this.#binding(at, end));
      at = end;
    }
    return { version: numbers[this.#start] ?? 1, etag: NO_ETAG, bindings };
  }

  #binding(start: number, end: number): Binding {
    const members: string[] = [];
    for (let at = start + BINDING_HEAD; at < end; at++) members.push(this.#text(at));
    const role = this.#text(start);
    if (this.#numbers[start + 1] === NONE) return { role, members };
    return { role, members, condition: JSON.parse(this.#text(start + 1)) as Condition };
  }

  #text(at: number): string {
    return this.#texts.get(this.#numbers[at] ?? NONE);
  }
}
