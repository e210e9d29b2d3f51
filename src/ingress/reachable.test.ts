import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '../deployments/index.js';
import { isReachable } from './reachable.js';

const service = (ingress: ServiceRecord['spec']['ingress']) => {
  const spec = { ingress } as ServiceRecord['spec'];
  return { project: 'p', spec };
};
const from = (project: string) => ({ origin: { project, instance: 'i' } });

describe('a service', () => {
  it('is reached from everywhere when its ingress is all', () => {
    for (const origin of [{}, from('p'), from('q')]) expect(isReachable(service('all'), origin)).toBe(true);
  });

  it.each(['internal', 'internal-and-load-balancer'] as const)(
    'is reached by containers of its own project only when its ingress is %s',
    (ingress) => {
      expect([{}, from('p'), from('q')].map((origin) => isReachable(service(ingress), origin))).toEqual([
        false,
        true,
        false,
      ]);
    },
  );
});
