/**
 * From where a service may be reached (https://cloud.google.com/run/docs/securing/ingress). There is no load balancer
 * on this machine, so that `internal-and-load-balancer` comes to the same as `internal`.
 */
import type { ServiceRecord } from '../deployments/index.js';
import type { HttpContext } from '../google/index.js';

/** Internal requests are those of containers of the same project. */
export function isReachable(
  { spec, project }: Pick<ServiceRecord, 'spec' | 'project'>,
  { origin }: Pick<HttpContext, 'origin'>,
): boolean {
  switch (spec.ingress) {
    case 'all':
      return true;
    case 'internal':
    case 'internal-and-load-balancer':
      return origin?.project === project;
  }
}
