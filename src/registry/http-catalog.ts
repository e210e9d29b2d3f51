/** `_catalog`: the images of a host that the caller may read. */
import type { Authorizer } from './authorization.js';
import { answerJson, type SignedExchange } from './exchange.js';
import { pageOf } from './list-pages.js';
import type { Images, Repositories, Repository } from './types.js';

export class CatalogDoor {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly repositories: Pick<Repositories, 'all'>,
    private readonly images: Pick<Images, 'packages'>,
  ) {}

  /** GET. Names are as this host takes them: in the direct form they begin with Google's host. */
  async list(exchange: SignedExchange): Promise<void> {
    const { context, query } = exchange;
    const names: string[] = [];
    for (const repository of await this.repositories.all()) {
      const prefix = prefixOn(context.direct ? undefined : context.host, repository);
      if (prefix === undefined) continue;
      if (!(await this.authorizer.check(exchange, ['download'], repository)).granted) continue;
      for (const { image } of await this.images.packages(repository)) names.push(`${prefix}/${image}`);
    }
    const { items, next } = pageOf(names.sort(), query);
    const link = `<${context.baseUrl}/v2/_catalog?${next}>; rel="next"`;
    answerJson(exchange, 200, { repositories: items }, next === undefined ? {} : { Link: link });
  }
}

/** What the names of a repository's images begin with on a host, or on all of them; undefined on another's. */
function prefixOn(
  host: string | undefined,
  { project, location, repository }: Repository,
): string | undefined {
  const own = `${location}-docker.pkg.dev`;
  const path = project.replace(':', '/');
  if (host === undefined) return `${own}/${path}/${repository}`;
  if (host === own) return `${path}/${repository}`;
  return host === repository ? path : undefined;
}
