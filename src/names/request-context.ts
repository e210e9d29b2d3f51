/** What conditions may ask of a call (https://cloud.google.com/iam/docs/conditions-attribute-reference). */

/** What a call says of itself beyond its permission and resource, for the conditions that ask. */
export interface RequestContext {
  /** `request.host` and `request.path`: of an invocation of a Cloud Run service. */
  readonly host?: string;
  readonly path?: string;
  /** `api.getAttribute(NAME, DEFAULT)`, e.g. `iam.googleapis.com/modifiedGrantsByRole` on setIamPolicy. */
  readonly apiAttributes?: Readonly<Record<string, readonly string[]>>;
}
