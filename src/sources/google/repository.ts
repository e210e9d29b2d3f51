/** What a repository reads, as Artifact Registry writes it: in its API's answers, and in exports. */
import type { Known, RepositoryFacts } from '../../checkpoint/index.js';
import { type ResourceName, repositoryOfUpstream, secretOfVersion } from '../../names/index.js';
import { type Fields, fieldsIn, listIn, textIn } from './fields.js';
import { unknown } from './unknowns.js';

const MODES: Readonly<Record<string, RepositoryFacts['mode']>> = {
  STANDARD_REPOSITORY: 'standard',
  REMOTE_REPOSITORY: 'remote',
  VIRTUAL_REPOSITORY: 'virtual',
};

/**
 * https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories
 * @param path the repository's own name, for messages
 * @returns with projects as they are written, which may be by number
 */
export function repositoryFacts(repository: Fields, path: string): Known<RepositoryFacts> {
  const mode = MODES[textIn(repository, 'mode') ?? 'STANDARD_REPOSITORY'];
  if (mode === undefined) {
    return unknown(`${path} is of a mode that is not known: ${String(repository.mode)}`);
  }
  if (mode === 'remote') return remoteFacts(repository, path);
  return { mode, upstreams: mode === 'virtual' ? upstreamsOf(repository) : [] };
}

/** What a remote repository reads, and signs in with (RemoteRepositoryConfig in the page above). */
function remoteFacts(repository: Fields, path: string): Known<RepositoryFacts> {
  const config = fieldsIn(repository, 'remoteRepositoryConfig');
  const docker = fieldsIn(config, 'dockerRepository');
  const uri =
    textIn(fieldsIn(config, 'commonRepository'), 'uri') ??
    textIn(fieldsIn(docker, 'customRepository'), 'uri') ??
    textIn(fieldsIn(docker, 'artifactRegistryRepository'), 'repository') ??
    '';
  const upstream = repositoryOfUpstream(uri);
  if (upstream === 'malformed') return unknown(`${path} reads ${uri}, which names no repository`);
  const signIn = fieldsIn(fieldsIn(config, 'upstreamCredentials'), 'usernamePasswordCredentials');
  const version = textIn(signIn, 'passwordSecretVersion') ?? '';
  const credentials = version === '' ? undefined : secretOfVersion(version);
  if (version !== '' && credentials === undefined)
    return unknown(`${path} signs in with ${version}, which is no version of a secret`);
  return {
    mode: 'remote',
    upstreams: upstream === undefined ? [] : [upstream],
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Those of the highest priority first, as pulls ask them. */
function upstreamsOf(repository: Fields): ResourceName[] {
  return listIn(fieldsIn(repository, 'virtualRepositoryConfig'), 'upstreamPolicies')
    .map((policy) => ({ name: textIn(policy, 'repository') ?? '', priority: Number(policy.priority ?? 0) }))
    .sort((a, b) => b.priority - a.priority)
    .map(({ name }): ResourceName => `//artifactregistry.googleapis.com/${name}`);
}
