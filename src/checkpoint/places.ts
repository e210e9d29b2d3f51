/** Where a deploy is written, so that what is wrong with it can be shown there. */
import type { CheckRequest } from './check-request.js';

/** Lines and columns count from 1. */
export interface Place {
  /** As it was named, or relative to the directory that was named. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}

/** A deploy as it was read from somewhere. */
export interface WrittenDeploy {
  readonly request: CheckRequest;
  readonly origin?: Origin;
}

/** Where a deploy was read. */
export interface Origin {
  /** e.g. `service.yaml`, or `google_cloud_run_v2_service.web` */
  readonly label: string;
  /** By what stands there: `resource`, `serviceAccount`, `images[0]`, `secrets[0]`, `open[0]`. */
  readonly places: Readonly<Record<string, Place>>;
}
