/** `/v2/token`: who the caller is, and whether what they came for is open to them at all. */
import type { Action, Authorizer } from './authorization.js';
import { answerJson, type SignedExchange } from './exchange.js';
import { OciError } from './oci-errors.js';
import { type RegistryTokens, TOKEN_SECONDS } from './registry-token.js';
import { parseName } from './route.js';

/** The scope of listing a registry's images (Docker, "Token scope"); what is shown is decided for each. */
export const CATALOG_SCOPE = 'registry:catalog:*';

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
    const { time, query, context } = exchange;
    const [scope] = query.getAll('scope').flatMap((text) => text.split(' '));
    const ofRepository = scope !== undefined && scope !== '' && scope !== CATALOG_SCOPE;
    const wanted = ofRepository ? parseScope(context.host, scope) : undefined;
    if (wanted) {
      const answer = await this.authorizer.check(exchange, [wanted.action], wanted.repository);
      // That a repository is not there, the request says for which the token is wanted.
      if (!answer.granted && answer.refusal.code !== 'NAME_UNKNOWN') throw answer.refusal;
    }
    const token = await this.tokens.mint(exchange, time);
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
