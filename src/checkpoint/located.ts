/** Reports with the places at which what they are about is written. */
import type { CheckRequest } from './check-request.js';
import type { Origin, Place, WrittenDeploy } from './places.js';
import type { CheckReport, ReportedRequirement } from './report.js';

/** The report with what it is about named, and each requirement placed where what needs it is written. */
export function located(report: CheckReport, { request, origin }: WrittenDeploy): CheckReport {
  if (!origin) return report;
  return {
    ...report,
    label: origin.label,
    requirements: report.requirements.map((requirement) => {
      const place = placeOf(requirement, request, origin) ?? origin.places.resource;
      return place ? { ...requirement, place } : requirement;
    }),
  };
}

function placeOf(
  { id, image, resource, actor, evidence }: ReportedRequirement,
  { images, secrets = [], open = [] }: CheckRequest,
  { places }: Origin,
): Place | undefined {
  const [found] = evidence;
  if (found?.kind === 'open') return places[`open[${open.findIndex(({ field }) => field === found.field)}]`];
  if (image !== undefined) return places[`images[${images.indexOf(image)}]`];
  if (id === 'deployer-acts-as' || id === 'agent-mints-token') return places.serviceAccount;
  if (actor !== 'runtime-account' || resource === undefined) return undefined;
  const secret = secrets.findIndex(({ name }) => resource.endsWith(`/secrets/${name.split('/').at(-1)}`));
  return places[`secrets[${secret}]`];
}
