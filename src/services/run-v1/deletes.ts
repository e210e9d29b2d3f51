/** What v1's deletes say beside the path (https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services/delete). */
import { invalidArgument } from '../../google/index.js';
import { dryRun, type Target } from './requests.js';

/**
 * The query parameters of every delete. What Kubernetes' clients send is taken where it asks for what happens anyway:
 * whatever is below goes too.
 */
export const DELETE_PARAMETERS = ['dryRun', 'apiVersion', 'kind', 'propagationPolicy'] as const;

/** @throws INVALID_ARGUMENT for an object of another kind, and for a wish to keep what is below */
export function deleteOptions(
  target: Target,
  object: { readonly apiVersion: string; readonly kind: string },
): { readonly dryRun: boolean } {
  const { query } = target.input;
  const taken: Readonly<Record<string, readonly string[]>> = {
    apiVersion: [object.apiVersion],
    kind: [object.kind],
    propagationPolicy: ['Background', 'Foreground'],
    // Of jobs: running executions are stopped whether it is given or not, as gcloud tells its users.
    force: ['true'],
  };
  for (const [name, values] of Object.entries(taken)) {
    const value = query.get(name) ?? '';
    if (value !== '' && !values.includes(value))
      throw invalidArgument(
        `Invalid value '${value}' for ${name}: only ${values.map((one) => `'${one}'`).join(' and ')} ${values.length === 1 ? 'is' : 'are'} supported.`,
      );
  }
  return { dryRun: dryRun(target) };
}
