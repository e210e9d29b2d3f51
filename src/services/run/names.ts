/** The resource names of Cloud Run's `projects/…` surface, taken apart. */
import { invalidArgument } from '../../google/index.js';

/** `projects/P/locations/L`; the project by id or number, as the client wrote it. */
export interface LocationName {
  readonly project: string;
  readonly location: string;
}

export interface ServiceName extends LocationName {
  readonly service: string;
}

export interface RevisionName extends ServiceName {
  readonly revision: string;
}

export interface OperationName extends LocationName {
  readonly operation: string;
}

const LOCATION = 'projects/(?<project>[^/]+)/locations/(?<location>[^/]+)';
const patterns = {
  location: new RegExp(`^${LOCATION}$`),
  service: new RegExp(`^${LOCATION}/services/(?<service>[^/]+)$`),
  revision: new RegExp(`^${LOCATION}/services/(?<service>[^/]+)/revisions/(?<revision>[^/]+)$`),
  operation: new RegExp(`^${LOCATION}/operations/(?<operation>[^/]+)$`),
};

function parse(pattern: RegExp, name: string): Readonly<Record<string, string>> {
  const groups = pattern.exec(name)?.groups;
  if (!groups) throw invalidArgument(`Invalid resource name '${name}'.`);
  return groups;
}

/** @throws INVALID_ARGUMENT */
export function parseLocation(name: string): LocationName {
  const { project = '', location = '' } = parse(patterns.location, name);
  return { project, location };
}

/** @throws INVALID_ARGUMENT */
export function parseServiceName(name: string): ServiceName {
  const { project = '', location = '', service = '' } = parse(patterns.service, name);
  return { project, location, service };
}

/** @throws INVALID_ARGUMENT */
export function parseRevisionName(name: string): RevisionName {
  const { project = '', location = '', service = '', revision = '' } = parse(patterns.revision, name);
  return { project, location, service, revision };
}

/** @throws INVALID_ARGUMENT */
export function parseOperationName(name: string): OperationName {
  const { project = '', location = '', operation = '' } = parse(patterns.operation, name);
  return { project, location, operation };
}
