/** What `sekisho fix` says of its own accord. */
import type { RemarkKind } from '../../checkpoint/index.js';
import type { Language } from '../messages.js';
import type { Obstacle } from '../prove/cannot.js';

interface FixMessages {
  readonly command: string;
  readonly options: Readonly<Record<'format' | 'customRole' | 'apply' | 'applyAs' | 'prove', string>>;
  readonly examples: string;
  readonly nothing: string;
  readonly toMend: string;
  readonly grants: (permissions: string) => string;
  readonly notMended: string;
  readonly remarks: Readonly<Record<RemarkKind, string>>;
  readonly groupToo: (group: string) => string;
  readonly passingBy: (command: string) => string;
  readonly proving: (index: number, total: number) => string;
  readonly proof: Readonly<
    Record<
      | 'enough'
      | 'notEnough'
      | 'nothingProved'
      | 'needed'
      | 'notNeeded'
      | 'nothingElse'
      | 'foretold'
      | 'notForetold',
      string
    >
  > & { readonly standIns: (images: string) => string };
  readonly without: (what: string) => string;
  readonly cannotProve: (why: string) => string;
  readonly obstacles: Readonly<Record<Obstacle, (detail: string) => string>>;
  readonly applied: Readonly<Record<'done' | 'unchanged' | 'failed' | 'notTried', string>>;
  readonly applyingAs: (member: string) => string;
  readonly afterwards: string;
  readonly askYes: string;
  readonly notConfirmed: string;
  readonly needsTerminal: string;
  readonly applyElsewhere: string;
  readonly applyToPlan: string;
  readonly applyAsOnPlane: string;
}

const EXAMPLES = `
  $ sekisho fix run service web --project my-project --region asia-northeast1 \\
      --image asia-northeast1-docker.pkg.dev/my-project/web/app --as alice@example.com --prove
  $ sekisho fix -f service.yaml --source gcp --as ci@my-project.iam.gserviceaccount.com --format terraform
  $ sekisho fix --plan plan.json --source gcp --as ci@my-project.iam.gserviceaccount.com --custom-role`;

export const fixMessages: Readonly<Record<Language, FixMessages>> = {
  en: {
    command: 'write the smallest grants after which a deploy goes through; make and prove them, if wanted',
    options: {
      format: 'commands, Terraform, a piece of an estate file, JSON, or a table for people',
      customRole: 'custom roles with exactly what is missing, in place of predefined ones',
      apply: 'make the fixes: on the plane at once, on Google Cloud after they were shown and confirmed',
      applyAs: "who makes them on the plane (the plane's owner)",
      prove: 'show on a throw-away plane that the fixes are enough, and each of them needed',
    },
    examples: `Examples:${EXAMPLES}`,
    nothing: 'Nothing is denied for want of a grant.',
    toMend: 'To mend it:',
    grants: (permissions) => `for ${permissions}`,
    notMended: 'No grant mends:',
    remarks: {
      unknown: 'not known',
      denied: 'denied by a rule',
      condition: 'kept from it by a condition',
      waiting: 'granted already; wait',
      missing: 'not there',
      'no-role': 'no role may hold it',
      group: 'through a group',
    },
    groupToo: (group) =>
      `what the deployer may do otherwise comes from ${group}: the grants could go to it instead, and all its members would have them`,
    passingBy: (command) => `or grant it without a condition: ${command}`,
    proving: (index, total) => `Trying ${index} of ${total} on a throw-away plane …`,
    proof: {
      enough: '✓ With all of it the deploy goes through.',
      notEnough: '✗ With all of it the deploy still does not go through:',
      nothingProved: 'So nothing is proved of any single fix: none of them was left out.',
      standIns: (images) =>
        `! Not there: ${images}. The trials have another image in that place; push it before you deploy.`,
      needed: '✓ Each of it is needed: without it the deploy does not go through.',
      notNeeded: '✗ The deploy goes through without:',
      nothingElse: 'There is nothing to leave out.',
      foretold: '✓ What the plane said is what the check foretells, word for word.',
      notForetold: '✗ The plane said something else than the check foretells:',
    },
    without: (what) => `without ${what}:`,
    cannotProve: (why) => `This cannot be proved: ${why}`,
    obstacles: {
      unknown: (detail) =>
        `not everything is known (${detail}), and what is not known cannot be built again.`,
      'to-come': (detail) =>
        `addresses in ${detail} are not known before it is there; apply the plan, then prove the fixes of what is there.`,
      'several-organizations': (detail) =>
        `the projects lie in several organizations (${detail}); a plane has one.`,
      organization: (detail) => `${detail} is of an organization of which nothing else is known.`,
      'other-role': (detail) => `${detail} is not in the catalogue of roles that the throw-away plane has.`,
      'repository-mode': (detail) => `remote repositories are not built again: ${detail}.`,
      deployer: (detail) => `nobody can deploy as ${detail === '' ? 'this principal' : detail} there.`,
      world: (detail) => `what was read cannot be built again: ${detail}`,
    },
    applied: { done: 'changed', unchanged: 'was so already', failed: 'failed', notTried: 'not tried' },
    applyingAs: (member) => `Applying as ${member}:`,
    afterwards: 'Checked again afterwards:',
    askYes: 'Apply this to Google Cloud? Only "yes" does it: ',
    notConfirmed: 'Nothing was changed.',
    needsTerminal: '--apply on Google Cloud asks for a word at a terminal, and there is none.',
    applyElsewhere:
      '--apply changes a plane or Google Cloud. For an export or an estate file, take --format gcloud, terraform or estate, and apply that yourself.',
    applyToPlan:
      '--apply does not go with --plan: what a plan makes is not there yet. Take --format terraform, and add it to the configuration.',
    applyAsOnPlane: '--apply-as is for a plane; on Google Cloud it is you who are signed in.',
  },
  ja: {
    command: 'デプロイが通るための最小の権限付与を書き出します。適用と証明もできます',
    options: {
      format: 'コマンド、Terraform、エステートファイルの一部、JSON、または表',
      customRole: '事前定義ロールの代わりに、足りない権限だけを持つカスタムロールを使います',
      apply: '修正を適用します。プレーンにはすぐに、Google Cloud には内容を示して確認した後に',
      applyAs: 'プレーンで誰として適用するか（既定はプレーンのオーナー）',
      prove: '修正で足りること、どれも欠かせないことを使い捨てのプレーンで確かめます',
    },
    examples: `例:${EXAMPLES}`,
    nothing: '権限付与が足りないために拒否されるものはありません。',
    toMend: '次で直ります:',
    grants: (permissions) => `${permissions} のため`,
    notMended: '権限付与では直らないもの:',
    remarks: {
      unknown: '不明',
      denied: 'ルールによる拒否',
      condition: '条件が満たされない',
      waiting: '付与済み、反映待ち',
      missing: '存在しない',
      'no-role': 'どのロールにも入れられない',
      group: 'グループ経由',
    },
    groupToo: (group) =>
      `デプロイする人のほかの権限は ${group} によるものです。そのグループに付与することもできますが、全員が権限を得ます`,
    passingBy: (command) => `条件なしで付与する場合: ${command}`,
    proving: (index, total) => `使い捨てのプレーンで試しています（${index}/${total}）…`,
    proof: {
      enough: '✓ すべて適用するとデプロイは通ります。',
      notEnough: '✗ すべて適用してもデプロイは通りません:',
      nothingProved: 'そのため個々の修正については何も証明されません。外して試すことはしていません。',
      standIns: (images) =>
        `! イメージがありません: ${images}。試行では別のイメージで代用しました。デプロイの前にプッシュしてください。`,
      needed: '✓ どれも必要です。どれか 1 つでも欠けるとデプロイは通りません。',
      notNeeded: '✗ 次のものはなくてもデプロイが通ります:',
      nothingElse: '外してみるものはありません。',
      foretold: '✓ プレーンの返答は check の予告と一字一句同じです。',
      notForetold: '✗ プレーンの返答が check の予告と異なります:',
    },
    without: (what) => `${what} がない場合:`,
    cannotProve: (why) => `証明できません: ${why}`,
    obstacles: {
      unknown: (detail) => `分からないこと（${detail}）があり、それは再現できません。`,
      'to-come': (detail) =>
        `${detail} のアドレスは作成されるまで分かりません。プランを適用した後に、できたものについて証明してください。`,
      'several-organizations': (detail) =>
        `プロジェクトが複数の組織（${detail}）にあります。プレーンの組織は 1 つです。`,
      organization: (detail) => `${detail} の属する組織について、ほかに何も分かりません。`,
      'other-role': (detail) => `${detail} は使い捨てのプレーンのロール一覧にありません。`,
      'repository-mode': (detail) => `リモート リポジトリは再現されません: ${detail}`,
      deployer: (detail) =>
        `使い捨てのプレーンでは ${detail === '' ? 'このプリンシパル' : detail} としてデプロイできません。`,
      world: (detail) => `読み取った内容を再現できません: ${detail}`,
    },
    applied: { done: '変更', unchanged: '変更不要', failed: '失敗', notTried: '未実行' },
    applyingAs: (member) => `${member} として適用します:`,
    afterwards: '適用後の確認:',
    askYes: 'Google Cloud に適用しますか？ yes と入力したときだけ適用します: ',
    notConfirmed: '何も変更していません。',
    needsTerminal: 'Google Cloud への --apply には端末での確認が必要ですが、端末がありません。',
    applyElsewhere:
      '--apply で変更できるのはプレーンと Google Cloud だけです。エクスポートやエステートファイルには --format gcloud、terraform、estate を使い、ご自身で適用してください。',
    applyToPlan:
      '--apply は --plan と併用できません。プランが作るものはまだ存在しません。--format terraform の出力を構成に加えてください。',
    applyAsOnPlane: '--apply-as はプレーン用です。Google Cloud ではサインインしている本人として適用します。',
  },
};
