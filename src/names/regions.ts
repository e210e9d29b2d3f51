/** Regions of Cloud Run with the two letters of the hashed URL, and the locations of Artifact Registry. */

/** Region → code in `NAME-HASH-CODE.a.run.app`. Codes outside Google's documentation are generally known ones. */
const REGION_CODES: Readonly<Record<string, string>> = {
  'africa-south1': 'bq',
  'asia-east1': 'de',
  'asia-east2': 'df',
  'asia-northeast1': 'an',
  'asia-northeast2': 'dt',
  'asia-northeast3': 'du',
  'asia-south1': 'el',
  'asia-south2': 'em',
  'asia-southeast1': 'as',
  'asia-southeast2': 'et',
  'asia-southeast3': 'eu',
  'australia-southeast1': 'ts',
  'australia-southeast2': 'km',
  'europe-central2': 'lm',
  'europe-north1': 'lz',
  'europe-north2': 'ma',
  'europe-southwest1': 'no',
  'europe-west1': 'ew',
  'europe-west10': 'oe',
  'europe-west12': 'og',
  'europe-west2': 'nw',
  'europe-west3': 'ey',
  'europe-west4': 'ez',
  'europe-west6': 'oa',
  'europe-west8': 'oc',
  'europe-west9': 'od',
  'me-central1': 'ww',
  'me-central2': 'wx',
  'me-west1': 'zf',
  'northamerica-northeast1': 'nn',
  'northamerica-northeast2': 'pd',
  'northamerica-south1': 'pv',
  'southamerica-east1': 'rj',
  'southamerica-west1': 'tl',
  'us-central1': 'uc',
  'us-east1': 'ue',
  'us-east4': 'uk',
  'us-east5': 'ul',
  'us-south1': 'vp',
  'us-west1': 'uw',
  'us-west2': 'wl',
  'us-west3': 'wm',
  'us-west4': 'wn',
};

/** Every region of Cloud Run, in alphabetical order (docs "Cloud Run locations"). */
export const REGIONS: readonly string[] = Object.keys(REGION_CODES);

/** Artifact Registry's multi-regions. */
export const MULTI_REGIONS: readonly string[] = ['asia', 'europe', 'us'];

export function isRegion(text: string): boolean {
  return Object.hasOwn(REGION_CODES, text);
}

/** True for a location that Artifact Registry serves: a region or a multi-region. */
export function isRegistryLocation(text: string): boolean {
  return isRegion(text) || MULTI_REGIONS.includes(text);
}

/** The region's two letters in a hashed URL; undefined for an unknown region. */
export function regionCode(region: string): string | undefined {
  return Object.hasOwn(REGION_CODES, region) ? REGION_CODES[region] : undefined;
}

/** The region behind the two letters of a hashed URL. */
export function regionOfCode(code: string): string | undefined {
  return REGIONS.find((region) => REGION_CODES[region] === code);
}
