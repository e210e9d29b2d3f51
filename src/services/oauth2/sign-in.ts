/**
 * Signing in with a browser: what gcloud's `auth login` leads to. Google asks for a password here; this plane asks
 * who you are, and for its admin secret, so that nobody becomes somebody without it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpContext, HttpRequest, HttpResponse } from '../../google/index.js';
import type { Identity } from '../../identity/index.js';
import { isEmail, principalOfEmail } from '../../names/index.js';
import { OAuthError, readForm } from './answers.js';
import {
  type AuthorizationRequest,
  BadAuthorizationRequest,
  parseAuthorizationRequest,
} from './authorization-request.js';
import { codePage, contentSecurityPolicy, formPage, refusalPage } from './sign-in-page.js';
import { type SignInTexts, signInTexts } from './sign-in-texts.js';

export interface SignInOptions {
  readonly identity: Identity;
  readonly adminSecret: string;
}

/** `/o/oauth2/auth`: GET shows the form, POST takes it. @throws OAuthError 405, or for a body that is no form */
export async function signIn(
  options: SignInOptions,
  request: HttpRequest,
  response: HttpResponse,
  { url }: HttpContext,
): Promise<void> {
  const { method = 'GET' } = request;
  const texts = signInTexts(request.headers['accept-language']);
  if (!['GET', 'HEAD', 'POST'].includes(method)) {
    response.setHeader('allow', 'GET, HEAD, POST');
    throw new OAuthError(405, 'invalid_request', 'The sign-in takes GET, HEAD, POST only.');
  }
  try {
    const asked = parseAuthorizationRequest(new URL(url, 'http://oauth.invalid').searchParams);
    if (method !== 'POST')
      return sendPage(response, 200, formPage(texts, asked, { email: asked.loginHint }), asked);
    await answerForm(options, texts, asked, new Map(await readForm(request)), response);
  } catch (error) {
    if (!(error instanceof BadAuthorizationRequest)) throw error;
    sendPage(response, 400, refusalPage(texts, error.code, error.message));
  }
}

async function answerForm(
  { identity, adminSecret }: SignInOptions,
  texts: SignInTexts,
  asked: AuthorizationRequest,
  form: ReadonlyMap<string, string>,
  response: HttpResponse,
): Promise<void> {
  const email = (form.get('email') ?? '').trim().toLowerCase();
  const again = (status: number, problem: string) =>
    sendPage(response, status, formPage(texts, asked, { email, problem }), asked);
  if (!isSecret(form.get('secret') ?? '', adminSecret)) return again(403, texts.badSecret);
  const principal = isEmail(email) ? principalOfEmail(email) : undefined;
  if (principal?.kind !== 'user') return again(400, texts.badEmail);
  const { state, delivery, loginHint: _, ...granted } = asked;
  const code = await identity.authorizationCodes.issue({ ...granted, principal });
  if (delivery === 'page') return sendPage(response, 200, codePage(texts, code), asked);
  const target = new URL(asked.redirectUri);
  if (state !== undefined) target.searchParams.set('state', state);
  target.searchParams.set('code', code);
  target.searchParams.set('scope', asked.scopes.join(' '));
  response.setHeader('location', target.href);
  sendPage(response, 302, '', asked);
}

/** In a time that says nothing of how much of it was right. */
function isSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given.trim()), digest(wanted));
}

function sendPage(response: HttpResponse, status: number, html: string, asked?: AuthorizationRequest): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(html);
  const target = asked?.delivery === 'redirect' ? asked.redirectUri : undefined;
  response.statusCode = status;
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-length', bytes.length);
  response.setHeader('content-security-policy', contentSecurityPolicy(target));
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  if ('stream' in response) response.end(bytes);
  else response.end(bytes);
}
