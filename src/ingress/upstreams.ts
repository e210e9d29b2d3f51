/** The way to each instance, by the protocol that its port speaks; gone with the instance. */
import { ingressContainer, type Lease } from '../deployments/index.js';
import type { Upstream } from './exchange.js';
import { H2c } from './h2c.js';
import { Http1 } from './http1.js';

export interface Way {
  readonly upstream: Upstream;
  readonly protocol: 'http1' | 'h2c';
}

const ways = new WeakMap<Lease['instance'], Way>();

export function wayTo({ instance, revision }: Lease): Way {
  const known = ways.get(instance);
  if (known) return known;
  const { number, protocol } = ingressContainer(revision.template).port;
  const upstream = protocol === 'h2c' ? new H2c(instance, number) : new Http1(instance, number);
  const way = { upstream, protocol };
  ways.set(instance, way);
  void instance.ended.then(() => upstream.close());
  return way;
}
