/** The texts of the sign-in page, in English and in Japanese. */

export interface SignInTexts {
  readonly lang: 'en' | 'ja';
  readonly title: string;
  readonly asks: string;
  readonly email: string;
  readonly secret: string;
  readonly secretHint: string;
  readonly signIn: string;
  readonly badEmail: string;
  readonly badSecret: string;
  readonly codeTitle: string;
  readonly codeHint: string;
  readonly refused: string;
}

const ENGLISH: SignInTexts = {
  lang: 'en',
  title: 'Sign in to this Sekisho plane',
  asks: 'A program asks to act for you here:',
  email: 'E-mail address',
  secret: 'Admin secret',
  secretHint:
    "It is in the file admin-secret of the plane's data directory. This is not Google: no password is asked for.",
  signIn: 'Sign in',
  badEmail: 'That is no e-mail address of a person.',
  badSecret: 'That is not the admin secret of this plane.',
  codeTitle: 'Your authorization code',
  codeHint: 'Copy it and paste it where you began to sign in. It is good once, for ten minutes.',
  refused: 'This sign-in cannot go on',
};

const JAPANESE: SignInTexts = {
  lang: 'ja',
  title: 'この Sekisho プレーンにログイン',
  asks: '次のプログラムが、あなたとして操作する許可を求めています。',
  email: 'メールアドレス',
  secret: '管理用シークレット',
  secretHint:
    'プレーンのデータディレクトリにあるファイル admin-secret の内容です。ここは Google ではありません。パスワードは不要です。',
  signIn: 'ログイン',
  badEmail: 'ユーザーのメールアドレスではありません。',
  badSecret: 'このプレーンの管理用シークレットではありません。',
  codeTitle: '認証コード',
  codeHint: 'コピーして、ログインを始めた画面に貼り付けてください。使えるのは 1 回だけ、10 分以内です。',
  refused: 'このログインは続けられません',
};

/** @param acceptLanguage the header (RFC 9110, 12.5.4): the language of ours that it prefers */
export function signInTexts(acceptLanguage: string | undefined): SignInTexts {
  const preferences = (acceptLanguage ?? '').split(',').map((part, index) => {
    const [, tag = '', quality = '1'] = /^\s*([a-z*]+)[\w-]*\s*(?:;\s*q=([\d.]+))?\s*$/i.exec(part) ?? [];
    return { tag: tag.toLowerCase(), quality: Number(quality), index };
  });
  const [best] = preferences
    .filter(({ tag, quality }) => (tag === 'en' || tag === 'ja') && quality > 0)
    .sort((a, b) => b.quality - a.quality || a.index - b.index);
  return best?.tag === 'ja' ? JAPANESE : ENGLISH;
}
