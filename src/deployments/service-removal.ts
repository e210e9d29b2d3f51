/** Deletes services and their revisions. */
import { revisionInUse, revisionNotFound, serviceNotFound } from './errors.js';
import { collections, type RevisionRecord, type ServiceRecord } from './model.js';
import { Removal, type RemovalDependencies } from './removal.js';

export type ServiceRemoval = Removal<ServiceRecord, RevisionRecord>;

export function serviceRemoval(deps: RemovalDependencies): ServiceRemoval {
  return new Removal<ServiceRecord, RevisionRecord>(
    {
      kind: 'service',
      noun: 'Service',
      resources: collections.services,
      revisions: collections.revisions,
      ownerOf: ({ service }) => service,
      notFound: serviceNotFound,
      revisionNotFound,
      revisionInUse,
      needs,
      subject: (service) => ({ kind: 'service', service }),
      revisionSubject: (revision) => ({ kind: 'revision', revision }),
    },
    deps,
  );
}

/**
 * "You cannot delete a revision if it can receive traffic, is the only revision of its service, or is its latest"
 * (https://cloud.google.com/run/docs/managing/revisions#delete): the only one is the latest too.
 */
function needs(service: ServiceRecord, revision: string): boolean {
  return (
    service.latestCreatedRevision === revision ||
    service.latestReadyRevision === revision ||
    service.traffic.some((target) => target.revisionName === revision) ||
    service.spec.traffic.some((target) => 'name' in target.revision && target.revision.name === revision)
  );
}
