/** What explanations say, in each language. */
import type { Language } from '../catalogue.js';
import type { ExplainedBinding, ExplainedDenyRule, ExplainedLevel } from './explanation.js';

export interface ExplainMessages {
  readonly needs: (permission: string, resource: string) => string;
  /** What a level says, in a word. */
  readonly results: Readonly<Record<ExplainedLevel['result'], string>>;
  readonly unreadable: (why: string | undefined) => string;
  readonly nothing: string;
  readonly unrelated: (count: number) => string;
  /** `roles/run.viewer to group:team@example.com` */
  readonly binding: (binding: ExplainedBinding) => string;
  readonly denyRule: (rule: ExplainedDenyRule, resource: string) => string;
  readonly condition: Readonly<
    Record<'true' | 'false' | 'error' | 'unknown', (expression: string, note: string) => string>
  >;
  readonly whoHasIt: string;
  readonly conditionally: string;
  readonly smallestGrant: (role: string, member: string, resource: string) => string;
  readonly levelOf: (role: string, resource: string) => string;
  readonly noGrantHelps: string;
}

const list = (members: readonly string[], and: string) => members.join(and);

const english: ExplainMessages = {
  needs: (permission, resource) => `needs ${permission} on ${resource}`,
  results: { grants: 'grants it', 'does-not-grant': 'does not grant it', unknown: 'not known' },
  unreadable: (why) => `its policy could not be read${why === undefined ? '' : `: ${why}`}`,
  nothing: 'no binding concerns it',
  unrelated: (count) =>
    `${count} more ${count === 1 ? 'binding has' : 'bindings have'} nothing to do with it`,
  binding: ({ role, through, others, covers, carries }) => {
    const lacks = carries === 'no' ? ', without this permission' : '';
    const unclear = carries === 'unknown' ? ', a role whose permissions are not known' : '';
    if (covers === 'yes') return `${role} through ${list(through, ', ')}${lacks}${unclear}`;
    if (covers === 'unknown')
      return `${role} to ${list(through, ', ')}, whose members are not known${lacks}${unclear}`;
    return `${role} to others: ${list(others, ', ')}${unclear}`;
  },
  denyRule: ({ policy, rule, result, principals, exempt }, resource) => {
    const named = `rule ${rule} of deny policy ${policy} on ${resource}`;
    if (result === 'denies') return `${named} denies it to ${list(principals, ', ')}`;
    if (result === 'unknown') return `${named} may deny it to ${list(principals, ', ')}`;
    return exempt ? `${named} exempts this principal` : `${named} does not concern this principal`;
  },
  condition: {
    true: (expression) => `condition met: ${expression}`,
    false: (expression) => `condition not met: ${expression}`,
    error: (expression, note) => `condition cannot be evaluated${note}: ${expression}`,
    unknown: (expression, note) => `condition may be met or not${note}: ${expression}`,
  },
  whoHasIt: 'who has it',
  conditionally: ', under a condition',
  smallestGrant: (role, member, resource) => `smallest grant: ${role} to ${member} on ${resource}`,
  levelOf: (role, resource) => `(${role} on ${resource})`,
  noGrantHelps: 'no grant helps: the deny rule or the boundary has to change',
};

const japanese: ExplainMessages = {
  needs: (permission, resource) => `${resource} に対する ${permission} が必要`,
  results: { grants: '許可', 'does-not-grant': '許可なし', unknown: '不明' },
  unreadable: (why) => `ポリシーを読み取れません${why === undefined ? '' : `: ${why}`}`,
  nothing: '関係するバインディングはありません',
  unrelated: (count) => `ほかの ${count} 件のバインディングは無関係です`,
  binding: ({ role, through, others, covers, carries }) => {
    const lacks = carries === 'no' ? '（この権限は含まれません）' : '';
    const unclear = carries === 'unknown' ? '（ロールの内容が分かりません）' : '';
    if (covers === 'yes') return `${list(through, '、')} 経由の ${role}${lacks}${unclear}`;
    if (covers === 'unknown')
      return `${list(through, '、')} への ${role}。メンバーが分かりません${lacks}${unclear}`;
    return `別のプリンシパルへの ${role}: ${list(others, '、')}${unclear}`;
  },
  denyRule: ({ policy, rule, result, principals, exempt }, resource) => {
    const named = `${resource} の拒否ポリシー ${policy} のルール ${rule}`;
    if (result === 'denies') return `${named} により ${list(principals, '、')} は拒否されます`;
    if (result === 'unknown') return `${named} により ${list(principals, '、')} は拒否される可能性があります`;
    return exempt ? `${named} の例外に該当します` : `${named} には該当しません`;
  },
  condition: {
    true: (expression) => `条件は成立: ${expression}`,
    false: (expression) => `条件は不成立: ${expression}`,
    error: (expression, note) => `条件を評価できません${note}: ${expression}`,
    unknown: (expression, note) => `条件は成立するか分かりません${note}: ${expression}`,
  },
  whoHasIt: '権限があるのは',
  conditionally: '、条件付き',
  smallestGrant: (role, member, resource) => `最小の付与: ${resource} の ${role} を ${member} に`,
  levelOf: (role, resource) => `（${resource} の ${role}）`,
  noGrantHelps: 'ロールを付与しても解決しません。拒否ルールか境界の変更が必要です',
};

export const explainMessages: Readonly<Record<Language, ExplainMessages>> = { en: english, ja: japanese };
