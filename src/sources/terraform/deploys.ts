/** The deploys that a plan makes: every Cloud Run resource that it creates, updates or replaces. */
import type { CheckRequest, Place, WrittenDeploy } from '../../checkpoint/index.js';
import { runResourceName } from '../../names/index.js';
import type { ResourceChange } from './document.js';
import { isWritten, type TerraformPlan } from './plan.js';
import { effectsOf } from './planned-effects.js';
import { isOpenToAll, type RunTemplate, type RunType, readTemplate, runTypeOf } from './run-templates.js';

export interface DeploysOptions {
  /** Who applies the plan, as a member. */
  readonly as: string;
  /** Only this resource, by its address; all when left out. */
  readonly only?: string;
}

/** A deploy of a plan, with the change that it comes from. */
export interface PlannedDeploy extends WrittenDeploy {
  readonly change: ResourceChange;
}

/**
 * The deploys in the order of the plan. Of what is known only after apply, the rest is judged all the same: it is
 * in the request's open points.
 */
export function deploysOf(plan: TerraformPlan, { as, only }: DeploysOptions): readonly PlannedDeploy[] {
  const open = openToAll(plan);
  return plan.document.changes.flatMap((change): PlannedDeploy[] => {
    const type = runTypeOf(change);
    if (!type || !isWritten(change) || (only !== undefined && change.address !== only)) return [];
    return [deployOf(change, type, plan, as, open)];
  });
}

/** Stands where not even the name, the region or the project is known before apply. */
const NAME_TO_COME = 'known-after-apply';

function deployOf(
  change: ResourceChange,
  type: RunType,
  plan: TerraformPlan,
  as: string,
  open: ReadonlySet<string>,
): PlannedDeploy {
  const { resolver } = plan;
  const template = readTemplate(change, type, resolver);
  const name = resolver.text(change, ['name'], false);
  const project = resolver.project(change);
  const region = resolver.location(change);
  const missing = Object.entries({ name, project, location: region }).flatMap(([field, value]) =>
    value === undefined ? [{ field, why: `${change.address} ${field} is known only after apply` }] : [],
  );
  const openPoints = [...missing, ...template.open];
  const request: CheckRequest = {
    kind: type.kind,
    apiVersion: type.apiVersion,
    name: name ?? NAME_TO_COME,
    project: project ?? NAME_TO_COME,
    // A region that is not known decides nothing but names.
    region: region ?? 'us-central1',
    as,
    images: template.images.map(({ value }) => value),
    ...(template.serviceAccount && { serviceAccount: template.serviceAccount.value }),
    allowUnauthenticated:
      type.kind === 'service' &&
      open.has(runResourceName('service', project ?? '', region ?? '', name ?? '')),
    secrets: template.secrets.map(({ value }) => value),
    ...(type.kind === 'service' && { invokerIamDisabled: isOpenToAll(change.after) }),
    ...(openPoints.length > 0 && { open: openPoints }),
  };
  return { change, request, origin: { label: change.address, places: placesOf(change, template, plan) } };
}

/** The services that the plan also lets everybody invoke. */
function openToAll(plan: TerraformPlan): ReadonlySet<string> {
  const open = effectsOf(plan).edits.filter(
    ({ change, adds }) =>
      isWritten(change) &&
      adds.some(({ role, members }) => role === 'roles/run.invoker' && members.includes('allUsers')),
  );
  return new Set(open.flatMap(({ resource }) => (resource === undefined ? [] : [resource])));
}

function placesOf(change: ResourceChange, template: RunTemplate, plan: TerraformPlan): Record<string, Place> {
  const { images, serviceAccount, secrets } = template;
  const paths = {
    resource: [],
    ...(serviceAccount && { serviceAccount: serviceAccount.path }),
    ...Object.fromEntries(images.map(({ path }, index) => [`images[${index}]`, path])),
    ...Object.fromEntries(secrets.map(({ path }, index) => [`secrets[${index}]`, path])),
  };
  return Object.fromEntries(
    Object.entries(paths).flatMap(([key, path]) => {
      const place = plan.place(change, path);
      return place ? [[key, place]] : [];
    }),
  );
}
