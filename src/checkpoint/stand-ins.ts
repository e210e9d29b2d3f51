/**
 * What stands for addresses that nobody knows yet: a project that is still to be created has no number, and so its
 * service agents and its default account have no address. A source may name them by these in what is planned; what
 * it grants them is granted, and everything else about them stays unknown.
 */
import { type Addressed, cloudRunAgent, defaultComputeAccount } from '../names/index.js';

/** Stands in an address for the number that this project will have. */
export function numberToCome(project: string): string {
  return `number-of-${project}`.toLowerCase();
}

/** The address of a service account of which nothing is known before it is there, not even its project. */
export const ACCOUNT_TO_COME = 'known-after-apply@known-after-apply.iam.gserviceaccount.com';

/** The project of ACCOUNT_TO_COME. */
export const PROJECT_TO_COME = 'known-after-apply';

/** The Cloud Run service agent of a project without a number. */
export function agentToCome(project: string): Addressed {
  return { kind: 'serviceAccount', email: cloudRunAgent(numberToCome(project)) };
}

/** The default runtime account of a project without a number. */
export function computeAccountToCome(project: string): string {
  return defaultComputeAccount(numberToCome(project));
}

const AGENT = /^service-number-of-([^@]+)@/;
const COMPUTE = /^number-of-([^@]+)-compute@developer\.gserviceaccount\.com$/;
const OTHER = /^number-of-([^@]+)@/;

/** The project whose number an address waits for; undefined for an address that is known. */
export function projectAwaited(email: string): string | undefined {
  return (AGENT.exec(email) ?? COMPUTE.exec(email) ?? OTHER.exec(email))?.[1];
}

/** True for an address that only stands for one. */
export function isStandIn(email: string): boolean {
  return email === ACCOUNT_TO_COME || projectAwaited(email) !== undefined;
}
