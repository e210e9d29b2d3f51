/** The addresses that containers see, and those that they have. */

/** The metadata server, and DNS (https://cloud.google.com/compute/docs/metadata/querying-metadata). */
export const METADATA_ADDRESS = '169.254.169.254';

/**
 * Google's APIs: an address of private.googleapis.com
 * (https://cloud.google.com/vpc/docs/configure-private-google-access).
 */
export const GOOGLE_ADDRESS = '199.36.153.8';

export const METADATA_HOSTS: readonly string[] = ['metadata.google.internal', 'metadata'];

/** How many sandboxes can be told apart at a time: 10.0.0.1 to 10.255.255.254. */
export const SANDBOX_NUMBERS = 0xff_ff_fe;

/** The address of a sandbox, whose number is between 1 and `SANDBOX_NUMBERS`. */
export function sandboxAddress(number: number): string {
  return ['10', number >>> 16, (number >>> 8) & 0xff, number & 0xff].join('.');
}
