/** Reads from Google's REST APIs: each thing once, a few at a time, again where it is worth it; and says why not. */
import { type Absent, isUnknown, type Known, type Unknown } from '../../checkpoint/index.js';
import { refusalOf } from './answers.js';
import { CALLS, type CallName, type GoogleCall } from './calls.js';
import { type Credentials, defaultCredentials, GoogleSignInError, signInHelp } from './credentials.js';
import { type Fields, fieldsIn, isFields, textIn } from './fields.js';
import { Limit } from './limit.js';
import { type CallRequest, type Parameters, type Query, requestOf, resourceOf } from './request.js';
import { PATIENCE, type Patience, REAL_TIMING, type Timing, withRetries } from './retry.js';
import { httpTransport, NotReceived, type Received, type Transport } from './transport.js';
import { unknown } from './unknowns.js';

export interface GoogleReaderOptions {
  /** For proxies and an access token; this process's when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Certificates to trust in place of those that Node.js does, in PEM. */
  readonly ca?: string;
  /** Application Default Credentials when left out. */
  readonly credentials?: Credentials;
  /** For the whole of one request; 20 s when left out. */
  readonly timeoutMs?: number;
  readonly patience?: Patience;
  /** Requests under way at a time; 8 when left out. */
  readonly concurrency?: number;
  readonly timing?: Timing;
  /** The way to Google's hosts; HTTPS when left out. */
  readonly transport?: Transport;
}

const TIMEOUT_MS = 20_000;
const CONCURRENCY = 8;
/** A list of Google's that has more pages than this has no end. */
const MAX_PAGES = 10_000;

/** One run's reads of Google Cloud. Sends nothing but what `CALLS` lists. */
export class GoogleReader {
  readonly #credentials: Credentials;
  readonly #transport: Transport;
  readonly #limit: Limit;
  readonly #patience: Patience;
  readonly #timing: Timing;
  readonly #kept = new Map<string, Promise<Received | Unknown>>();
  #caller: Promise<string> | undefined;

  constructor(options: GoogleReaderOptions = {}) {
    const { env = process.env, timeoutMs = TIMEOUT_MS, ca } = options;
    this.#credentials = options.credentials ?? defaultCredentials(env);
    this.#transport =
      options.transport ?? httpTransport({ env, timeoutMs, ...(ca === undefined ? {} : { ca }) });
    this.#limit = new Limit(options.concurrency ?? CONCURRENCY);
    this.#patience = options.patience ?? PATIENCE;
    this.#timing = options.timing ?? REAL_TIMING;
  }

  /**
   * Asks for one thing.
   * @returns the answer's JSON; `absent` when Google answers 404; why not in all other cases: the permission that the
   *   caller lacks and on what, the API that is not enabled, what failed and how often
   * @throws GoogleSignInError when Google does not accept who asks: nothing can be read then
   */
  async get(name: CallName, parameters: Parameters, query: Query = {}): Promise<Known<Fields | Absent>> {
    return jsonOf(await this.#answer(name, parameters, query), hostOf(name, parameters));
  }

  /**
   * Asks for a list, to its last page.
   * @param field where the items stand in an answer, e.g. `accounts`
   * @returns all of it or, of a list that is cut short, why
   */
  async list(
    name: CallName,
    parameters: Parameters,
    field: string,
    query: Query = {},
  ): Promise<Known<readonly Fields[] | Absent>> {
    const items: Fields[] = [];
    for await (const page of this.#pages(name, parameters, query, true)) {
      if (isUnknown(page) || page === 'absent') return page;
      const found = page[field] ?? [];
      if (!Array.isArray(found) || !found.every(isFields)) {
        return unknown(`${hostOf(name, parameters)} answered a list whose ${field} are none`);
      }
      items.push(...found);
    }
    return items;
  }

  /** The pages of a list that may be too long to be kept: of what cannot be read, the last one says why. */
  pages(name: CallName, parameters: Parameters, query: Query = {}): AsyncGenerator<Known<Fields | Absent>> {
    return this.#pages(name, parameters, query, false);
  }

  async *#pages(
    name: CallName,
    parameters: Parameters,
    query: Query,
    keep: boolean,
  ): AsyncGenerator<Known<Fields | Absent>> {
    let next: Query | undefined = query;
    for (let count = 0; next !== undefined; count++) {
      const answer: Known<Received | Absent> =
        count < MAX_PAGES
          ? await this.#answer(name, parameters, next, { keep })
          : unknown(`${hostOf(name, parameters)} answers a list without an end`);
      const page = jsonOf(answer, hostOf(name, parameters));
      yield page;
      next = isUnknown(page) || page === 'absent' ? undefined : following(page, query);
    }
  }

  /**
   * Asks for bytes that are no JSON by their type, such as a manifest.
   * @param accept the types that are wanted
   */
  text(
    name: CallName,
    parameters: Parameters,
    accept: string,
    query: Parameters = {},
  ): Promise<Known<Received | Absent>> {
    return this.#answer(name, parameters, query, { accept });
  }

  /**
   * Asks as get() does, by a call that takes in what to look for. The answer is not kept: there may be any number.
   * @param given fields of the body, of those that the call takes
   */
  async search(name: CallName, parameters: Parameters, given: Fields): Promise<Known<Fields | Absent>> {
    const answer = await this.#answer(name, parameters, {}, { given, keep: false });
    return jsonOf(answer, hostOf(name, parameters));
  }

  /** Who asks, for messages: an address, or `the caller` where Google does not say. */
  caller(): Promise<string> {
    this.#caller ??= this.#askCaller();
    return this.#caller;
  }

  async #askCaller(): Promise<string> {
    const own = await this.#credentials.email();
    if (own !== undefined) return own;
    const answer = await this.#sent('caller', requestOf('caller', {}));
    const claims = isUnknown(answer) || answer.status !== 200 ? undefined : parsed(answer.body);
    return isFields(claims) && typeof claims.email === 'string' ? claims.email : 'the caller';
  }

  async #answer(
    name: CallName,
    parameters: Parameters,
    query: Query,
    how: { readonly accept?: string; readonly keep?: boolean; readonly given?: Fields } = {},
  ): Promise<Known<Received | Absent>> {
    const request = requestOf(name, parameters, query, how.given);
    const answer = await (how.keep === false
      ? this.#limit.run(() => this.#send(name, request, how.accept))
      : this.#sent(name, request, how.accept));
    if (isUnknown(answer)) return answer;
    const { status } = answer;
    if (status >= 200 && status < 300) return answer;
    if (status === 404) return 'absent';
    if (status >= 300 && status < 400)
      return answer.headers.location ? answer : unknown(`Google answered ${status}`);
    const call: GoogleCall = CALLS[name];
    return unknown(
      refusalOf(answer, {
        caller: status === 403 ? await this.caller() : '',
        host: hostOf(name, parameters),
        permission: call.permission,
        resource: resourceOf(name, parameters),
      }),
    );
  }

  #sent(name: CallName, request: CallRequest, accept?: string): Promise<Received | Unknown> {
    const key = `${request.verb} ${request.url.href}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const sending = this.#limit.run(() => this.#send(name, request, accept));
    this.#kept.set(key, sending);
    return sending;
  }

  async #send(name: CallName, request: CallRequest, accept: string | undefined): Promise<Received | Unknown> {
    const answer = await this.#attempts(request, accept, false);
    if (isUnknown(answer) || answer.status !== 401) return answer;
    // A token may have come to its end meanwhile: a new one shows whether it was that.
    const again = await this.#attempts(request, accept, true);
    if (isUnknown(again) || again.status !== 401 || name === 'caller') return again;
    throw new GoogleSignInError(signInHelp(`${request.url.host} answered 401.`));
  }

  async #attempts(
    request: CallRequest,
    accept: string | undefined,
    fresh: boolean,
  ): Promise<Received | Unknown> {
    const [token, project] = await Promise.all([
      this.#credentials.token(fresh),
      this.#credentials.quotaProject(),
    ]);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(project === undefined ? {} : { 'x-goog-user-project': project }),
      ...(accept === undefined ? {} : { accept }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const { last, attempts } = await withRetries(
      () => this.#transport(request, headers),
      this.#patience,
      this.#timing,
    );
    if (last instanceof NotReceived) return unknown(`${last.message}${times(attempts)}`);
    if (last.status !== 429 && last.status < 500) return last;
    const { host } = request.url;
    const said = refusalOf(last, { caller: '', host, permission: undefined, resource: '' });
    return unknown(`${said}${times(attempts)}`);
  }
}

function jsonOf(answer: Known<Received | Absent>, host: string): Known<Fields | Absent> {
  if (isUnknown(answer) || answer === 'absent') return answer;
  const json = parsed(answer.body);
  return isFields(json) ? json : unknown(`${host} answered ${answer.status} with what is no JSON object`);
}

/** Newer APIs give a page token; Cloud Run's v1 continues as Kubernetes does (ListMeta.continue). */
function following(page: Fields, query: Query): Query | undefined {
  const pageToken = textIn(page, 'nextPageToken') ?? '';
  if (pageToken !== '') return { ...query, pageToken };
  const more = textIn(fieldsIn(page, 'metadata'), 'continue') ?? '';
  return more === '' ? undefined : { ...query, continue: more };
}

const times = (attempts: number) => (attempts === 1 ? '' : ` (${attempts} times)`);

function hostOf(name: CallName, parameters: Parameters): string {
  return requestOf(name, parameters).url.host;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
