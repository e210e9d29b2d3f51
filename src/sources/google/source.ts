/** Google Cloud itself as a source: each fact asked of the API that has it, with the caller's own credentials. */
import type { Source } from '../../checkpoint/index.js';
import { readAccount, readCustomers } from './accounts.js';
import { readBoundaries, readDenyPolicies } from './governance.js';
import { readMemberships } from './groups.js';
import { readManifest, readRepository } from './images.js';
import { readPolicy, readRole } from './policies.js';
import { readAbove, readApi, readProject } from './projects.js';
import { GoogleReader, type GoogleReaderOptions } from './reader.js';
import { readRunResource, readSecret, readTags } from './run.js';

export interface GoogleSourceOptions extends GoogleReaderOptions {
  /** Reads by it, and shares what it has read; one of its own when left out. */
  readonly reader?: GoogleReader;
}

/**
 * Live Google Cloud, only ever read. Every method throws GoogleSignInError when Google does not accept who asks.
 * What the caller may not see is unknown, and `why` says which permission they lack, on what.
 */
export function googleSource(options: GoogleSourceOptions = {}): Source {
  const { reader = new GoogleReader(options) } = options;
  return {
    name: 'Google Cloud',
    project: (id) => readProject(reader, id),
    policy: (resource) => readPolicy(reader, resource),
    denyPolicies: (resource) => readDenyPolicies(reader, resource),
    above: (container) => readAbove(reader, container),
    boundaries: (place) => readBoundaries(reader, place),
    role: (name) => readRole(reader, name),
    memberships: (principal, groups) => readMemberships(reader, principal, groups),
    tags: (resource) => readTags(reader, resource),
    apiEnabled: (project, api) => readApi(reader, project, api),
    account: (email) => readAccount(reader, email),
    customers: (email) => readCustomers(reader, email),
    repository: (resource) => readRepository(reader, resource),
    manifest: (image, platform) => readManifest(reader, image, platform),
    secret: (resource, version) => readSecret(reader, resource, version),
    runResource: (resource) => readRunResource(reader, resource),
  };
}
