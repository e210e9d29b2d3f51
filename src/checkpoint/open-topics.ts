/** What no rule covers yet, by topic: said instead of an answer, and never left out silently. */

/** In English, as reports and programs get it. */
export const OPEN_TOPICS = {
  network: "the service agent's use of a network is not judged",
  key: "the service agent's use of a customer-managed key is not judged",
  'binary-authorization': 'what Binary Authorization would decide is not judged',
  'cloud-sql': "the runtime account's use of Cloud SQL is not judged",
  bucket: "the runtime account's use of a Cloud Storage bucket is not judged",
  nfs: 'whether a file server can be reached and mounted is not judged',
  mesh: 'service meshes are not judged',
  iap: 'Identity-Aware Proxy is not judged',
  'base-image': 'automatic updates of base images are not judged',
  build: 'how its image is built from source is not judged',
  execution: 'the execution that follows needs run.jobs.run, which is not judged',
  regions: 'services in several regions are not judged',
  kubernetes: 'Cloud Run has no such thing, and may refuse it',
  annotation: 'what this annotation does is not known',
  quota: 'quota projects are not judged',
} as const satisfies Readonly<Record<string, string>>;

export type OpenTopic = keyof typeof OPEN_TOPICS;

export const OPEN_TOPICS_JA: Readonly<Record<OpenTopic, string>> = {
  network: 'サービス エージェントによるネットワークの利用は判定しません',
  key: 'サービス エージェントによる顧客管理の暗号鍵の利用は判定しません',
  'binary-authorization': 'Binary Authorization の判断は判定しません',
  'cloud-sql': 'ランタイム サービス アカウントによる Cloud SQL の利用は判定しません',
  bucket: 'ランタイム サービス アカウントによる Cloud Storage バケットの利用は判定しません',
  nfs: 'ファイル サーバーに接続してマウントできるかは判定しません',
  mesh: 'サービス メッシュは判定しません',
  iap: 'Identity-Aware Proxy は判定しません',
  'base-image': 'ベースイメージの自動更新は判定しません',
  build: 'ソースからのイメージのビルドは判定しません',
  execution: '続けて行われる実行には run.jobs.run が必要ですが、判定しません',
  regions: '複数リージョンのサービスは判定しません',
  kubernetes: 'Cloud Run にはこの設定がなく、拒否されることがあります',
  annotation: 'このアノテーションの働きは分かりません',
  quota: '割り当てプロジェクトは判定しません',
};

export function isOpenTopic(text: string): text is OpenTopic {
  return Object.hasOwn(OPEN_TOPICS, text);
}
