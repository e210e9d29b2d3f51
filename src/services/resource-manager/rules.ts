/** What ids, names, labels and parents of projects look like. */
import { badField, GoogleError, invalidArgument } from '../../google/index.js';

/** Project.display_name: "between 4 to 30 characters". @throws GoogleError INVALID_ARGUMENT */
export function requireName(name: string, field = 'name'): void {
  if (/^[A-Za-z0-9\-'" !]{4,30}$/.test(name)) return;
  throw badField(
    field,
    `${field} must be 4 to 30 characters: letters, numbers, hyphen, single-quote, double-quote, space and exclamation point.`,
  );
}

/** "No more than 64 labels can be associated with a given resource" (Project.labels). */
const MAX_LABELS = 64;
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/**
 * https://docs.cloud.google.com/resource-manager/docs/creating-managing-labels#requirements
 * @throws GoogleError INVALID_ARGUMENT
 */
export function requireLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS)
    throw invalidArgument(`No more than ${MAX_LABELS} labels can be associated with a resource.`);
  for (const [key, value] of entries) {
    if (!LABEL_KEY.test(key) || !LABEL_VALUE.test(value)) {
      throw badField('labels', `label "${key}: ${value}" is not valid.`);
    }
  }
}

/** @throws GoogleError INVALID_ARGUMENT for what is neither `folders/NUMBER` nor `organizations/NUMBER` */
export function requireParentName(parent: string, field = 'parent'): void {
  if (/^(?:folders|organizations)\/\d+$/.test(parent)) return;
  throw badField(field, `"${parent}" is neither folders/NUMBER nor organizations/NUMBER.`);
}

/** Google makes projects for service accounts only below a folder or an organization. */
export function requireUserOrParent(isUser: boolean, parent: string | undefined): void {
  if (isUser || parent !== undefined) return;
  throw new GoogleError('PERMISSION_DENIED', 'Service accounts cannot create projects without a parent.', {
    reason: 'forbidden',
  });
}
