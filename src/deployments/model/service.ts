/** Services and the shares in which their revisions get the requests. */
import type { Client, Described, LaunchStage, ResourceKey, WrittenRecord } from './common.js';
import type { InstanceTemplate } from './containers.js';

export type ServiceKey = ResourceKey;

export interface Template extends InstanceTemplate, Described {
  /** A revision name that the client chose. */
  readonly revisionName?: string;
  /** Who wrote the template; only v1 tells it apart from who wrote the service. */
  readonly client: Client;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Requests of one client go to the instance that served it before, while there is room. */
  readonly sessionAffinity: boolean;
  /** Deploys do not wait for an instance that serves. */
  readonly healthCheckDisabled: boolean;
}

/** Instances of a service as a whole, whatever its revisions say (docs "Manual scaling", "Minimum instances"). */
export type ServiceScaling =
  | {
      readonly kind: 'automatic';
      /** Shared out over the revisions that get requests; 0 for none. */
      readonly minInstances: number;
      /** For all revisions together; none when left out. */
      readonly maxInstances?: number;
    }
  | { readonly kind: 'manual'; readonly instances: number };

export interface TrafficTarget {
  readonly percent: number;
  readonly revision: { readonly latest: true } | { readonly name: string };
  readonly tag?: string;
}

/** A traffic target with the revision it reaches. */
export interface RoutedTarget {
  readonly percent: number;
  readonly revisionName: string;
  readonly latest: boolean;
  readonly tag?: string;
}

/** Where requests may come from. */
export type Ingress = 'all' | 'internal' | 'internal-and-load-balancer';

/** What a client asks a service to be. */
export interface ServiceSpec extends Described {
  readonly description: string;
  readonly ingress: Ingress;
  readonly launchStage: LaunchStage;
  /** Audiences of ID tokens that invoke the service, beside its URLs. */
  readonly customAudiences: readonly string[];
  /** True for a service that everybody may invoke, whatever its policy says. */
  readonly invokerIamDisabled: boolean;
  /** True for a service that its run.app URLs do not reach. */
  readonly defaultUriDisabled: boolean;
  readonly scaling: ServiceScaling;
  readonly template: Template;
  readonly traffic: readonly TrafficTarget[];
}

export interface ServiceRecord extends WrittenRecord<ServiceSpec> {
  readonly latestCreatedRevision: string;
  readonly latestReadyRevision?: string;
  readonly traffic: readonly RoutedTarget[];
}
