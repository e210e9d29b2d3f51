/** Which Cloud Identity or Workspace customer a user belongs to: the one that owns the domain of their address. */
import type { Store } from '../store/index.js';
import type { Organizations } from './types.js';

export interface Customer {
  /** e.g. `C03az79cb` */
  readonly customer: string;
  /** Whose customer it is, e.g. `organizations/123`. */
  readonly organization: string;
}

export class Customers {
  #byDomain: ReadonlyMap<string, Customer> | undefined;
  #changes = 0;

  constructor(
    store: Pick<Store, 'watch'>,
    private readonly organizations: Pick<Organizations, 'list'>,
  ) {
    store.watch('organizations/', () => {
      this.#changes++;
      this.#byDomain = undefined;
    });
  }

  /** @returns undefined for addresses of other domains */
  async of(email: string): Promise<Customer | undefined> {
    const domains = this.#byDomain ?? (await this.#read());
    return domains.get(email.slice(email.lastIndexOf('@') + 1).toLowerCase());
  }

  async #read(): Promise<ReadonlyMap<string, Customer>> {
    const before = this.#changes;
    const domains = new Map(
      (await this.organizations.list()).flatMap(({ id, domain, customerId }): [string, Customer][] =>
        domain === undefined ? [] : [[domain, { customer: customerId, organization: `organizations/${id}` }]],
      ),
    );
    if (before === this.#changes) this.#byDomain = domains;
    return domains;
  }
}
