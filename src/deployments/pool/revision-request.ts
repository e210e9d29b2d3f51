/** What an instance of a service's revision is made from. */
import { randomBytes } from 'node:crypto';
import type { InstanceOwner } from '../../audit/index.js';
import { defaultProbe, type InstanceRequest } from '../instance/index.js';
import type { Container, ImportedImages, RevisionRecord } from '../model.js';
import { ingressContainer } from '../template.js';

/** Whose instances they are, in the log. */
const ownerOf = ({ project, location, service, name }: RevisionRecord): InstanceOwner => ({
  kind: 'service',
  project,
  location,
  service,
  revision: name,
});

/** What Cloud Run sets itself (docs "Container runtime contract"); only the ingress container has a PORT. */
function environmentOf({ service, name }: RevisionRecord, { port }: Container): Record<string, string> {
  return {
    ...(port === undefined ? {} : { PORT: String(port.number) }),
    K_SERVICE: service,
    K_REVISION: name,
    K_CONFIGURATION: service,
  };
}

export function revisionRequest(
  revision: RevisionRecord,
  imported: ImportedImages,
  reason: string,
): InstanceRequest {
  return {
    id: `${revision.name}-${randomBytes(4).toString('hex')}`,
    owner: ownerOf(revision),
    projectNumber: revision.projectNumber,
    template: revision.template,
    imported,
    environment: (container) => environmentOf(revision, container),
    defaultStartupProbe: true,
    reason,
  };
}

/** How long the startup probe of the container that takes the requests may take, its initial delay included. */
export function startupAllowance({ template }: Pick<RevisionRecord, 'template'>): {
  readonly seconds: number;
  readonly initialDelaySeconds: number;
} {
  const container = ingressContainer(template);
  const probe = container.startupProbe ?? defaultProbe(container.port.number);
  const { initialDelaySeconds, periodSeconds, failureThreshold } = probe;
  return { seconds: initialDelaySeconds + periodSeconds * failureThreshold, initialDelaySeconds };
}
