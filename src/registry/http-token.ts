/** `/v2/token`: who the caller is, and whether what they came for is open to them at all. */
import { type Action, type Authorizer, denial } from './authorization.js';
import { answerJson, type SignedExchange } from './exchange.js';
import { OciError } from './oci-errors.js';
import { type RegistryTokens, TOKEN_SECONDS } from './registry-token.js';
import { parseName } from './route.js';

export class TokenDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly tokens: RegistryTokens,
  ) {}

  /**
   * GET. Artifact Registry refuses here already when the caller lacks the permission for the scope. A client
   * that hopes to mount from another repository adds that one's scope; only the first, its target, decides.
   */
  async issue(exchange: SignedExchange): Promise<void> {
    const { principal, time, query, context } = exchange;
    const [scope] = query.getAll('scope').flatMap((text) => text.split(' '));
    const wanted = scope === undefined || scope === '' ? undefined : parseScope(context.host, scope);
    if (wanted) {
      const answer = await this.authorizer.check(principal, [wanted.action], wanted.repository, time);
      if (!answer.granted) throw denial(principal, wanted.action, wanted.repository);
    }
    const token = await this.tokens.mint(principal, time);
    answerJson(exchange, 200, { token, expires_in: TOKEN_SECONDS, issued_at: time.toISOString() });
  }
}

/**
 * Reads `repository:NAME:ACTIONS`. Pushing needs the right to upload; anything else begins with reading, and
 * what follows (deleting) is checked when it comes.
 * @throws OciError NAME_INVALID; UNSUPPORTED for other kinds of scope
 */
function parseScope(host: string, scope: string) {
  const [, name, actions] = /^repository(?:\([a-z]+\))?:([^:]+):([a-z,*]*)$/.exec(scope) ?? [];
  if (name === undefined || actions === undefined) {
    throw new OciError(400, 'UNSUPPORTED', `unsupported scope: ${scope}`);
  }
  const action: Action = actions.split(',').includes('push') ? 'upload' : 'download';
  return { repository: parseName(host, name).repository, action };
}
