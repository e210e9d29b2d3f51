/** The pages of a sign-in, as HTML. Nothing in them is loaded from anywhere, and nothing runs. */
import { createHash } from 'node:crypto';
import type { AuthorizationRequest } from './authorization-request.js';
import type { SignInTexts } from './sign-in-texts.js';

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;color:#1f2328;background:#f4f5f7;margin:0;padding:3rem 1rem}
main{max-width:30rem;margin:0 auto;background:#fff;padding:2rem;border:1px solid #d5d9e0;border-radius:12px}
h1{font-size:1.35rem;margin:0 0 1rem}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{box-sizing:border-box;width:100%;font:inherit;padding:.6rem;border:1px solid #8c93a1;border-radius:6px}
button{margin-top:1.5rem;font:inherit;font-weight:600;padding:.6rem 1.4rem;border:0;border-radius:6px;background:#1a4fb4;color:#fff}
small,li{color:#57606a}
code{display:block;overflow-wrap:anywhere;background:#f4f5f7;padding:.8rem;border-radius:6px;user-select:all}
[role=alert]{background:#ffebe9;border-radius:6px;padding:.6rem .8rem}
`;

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/**
 * What the page may do: nothing but send its form here, and on to where the code goes.
 * @param target browsers hold a form's redirect to the same rule
 */
export function contentSecurityPolicy(target: string | undefined): string {
  const targets = target === undefined ? '' : ` ${new URL(target).origin}`;
  return [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    `form-action 'self'${targets}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(texts: SignInTexts, title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="${texts.lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main></body>
</html>
`;
}

export interface Typed {
  readonly email: string;
  /** What was wrong with it. */
  readonly problem?: string;
}

/** The form; it goes to the address that it came from, which carries the request. */
export function formPage(
  texts: SignInTexts,
  request: AuthorizationRequest,
  { email, problem }: Typed,
): string {
  const alert = problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>\n`;
  const scopes = request.scopes.map((scope) => `<li>${escaped(scope)}</li>`).join('');
  return page(
    texts,
    texts.title,
    `${alert}<p>${escaped(texts.asks)} <strong>${escaped(request.clientId)}</strong></p>
<ul>${scopes}</ul>
<form method="post" autocomplete="off">
<label for="email">${escaped(texts.email)}</label>
<input id="email" name="email" type="email" required value="${escaped(email)}">
<label for="secret">${escaped(texts.secret)}</label>
<input id="secret" name="secret" type="password" required>
<small>${escaped(texts.secretHint)}</small>
<div><button type="submit">${escaped(texts.signIn)}</button></div>
</form>`,
  );
}

export function codePage(texts: SignInTexts, code: string): string {
  return page(
    texts,
    texts.codeTitle,
    `<p>${escaped(texts.codeHint)}</p>\n<code id="code">${escaped(code)}</code>`,
  );
}

export function refusalPage(texts: SignInTexts, code: string, message: string): string {
  return page(texts, texts.refused, `<p role="alert">400: ${escaped(code)}</p>\n<p>${escaped(message)}</p>`);
}
