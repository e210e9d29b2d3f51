/** For tests: a plane that plays Google Cloud under its own host names, and the source that takes it for Google. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CheckRequest, Source } from '../../checkpoint/index.js';
import { adminCall } from '../../plane/clients/index.js';
import { type Plane, startPlane } from '../../plane/index.js';
import { buildImage, pushImage } from '../../registry/index.js';
import {
  type Credentials,
  GoogleReader,
  type GoogleSourceOptions,
  googleSource,
  planeSource,
} from '../../sources/index.js';

export const A = 'myproject-a';
export const B = 'myproject-b';
export const REGION = 'asia-northeast1';
export const ORGANIZATION = '123456789012';
export const RUNTIME = `runtime@${A}.iam.gserviceaccount.com`;
export const IMAGE = `${REGION}-docker.pkg.dev/${B}/myrepo/app`;
export const NOW = new Date('2026-01-02T03:04:05.678Z');

/** A plane's estate, with everything that a check reads. */
export const estate = {
  organization: {
    id: ORGANIZATION,
    domain: 'example.com',
    tagKeys: [{ id: 'env', values: [{ id: 'prod' }, { id: 'test' }] }],
    iam: [
      {
        role: 'roles/viewer',
        members: ['user:viewer@example.com'],
      },
      { role: 'roles/iam.denyReviewer', members: ['user:viewer@example.com'] },
      {
        role: 'roles/iam.principalAccessBoundaryViewer',
        members: ['user:viewer@example.com'],
      },
      { role: 'roles/iam.securityReviewer', members: ['user:viewer@example.com'] },
      { role: 'roles/resourcemanager.organizationViewer', members: ['user:viewer@example.com'] },
      { role: 'roles/resourcemanager.tagViewer', members: ['user:viewer@example.com'] },
    ],
    customRoles: [{ id: 'puller', permissions: ['artifactregistry.repositories.downloadArtifacts'] }],
    principalAccessBoundaryPolicies: [
      {
        id: 'only-a',
        rules: [{ resources: [`//cloudresourcemanager.googleapis.com/projects/${A}`] }],
        policyBindings: [
          { id: 'deployers', target: `//cloudresourcemanager.googleapis.com/projects/myproject-c` },
        ],
      },
    ],
  },
  folders: [{ id: '4711', parent: `organizations/${ORGANIZATION}`, displayName: 'Apps' }],
  groups: {
    'platform@example.com': ['group:deployers@example.com'],
    'deployers@example.com': ['user:bob@example.com'],
  },
  projects: [
    {
      id: A,
      number: '891566352225',
      parent: 'folders/4711',
      tags: { [`${ORGANIZATION}/env`]: 'prod' },
      services: ['run.googleapis.com', 'artifactregistry.googleapis.com', 'secretmanager.googleapis.com'],
      iam: [
        {
          role: 'roles/run.developer',
          members: ['user:alice@example.com', 'group:platform@example.com', 'user:dave@example.com'],
        },
        {
          role: 'roles/run.admin',
          members: ['user:carol@example.com'],
          condition: {
            title: 'production',
            expression: `resource.matchTag('${ORGANIZATION}/env', 'prod') && request.time < timestamp('2030-01-01T00:00:00Z')`,
          },
        },
      ],
      denyPolicies: [
        {
          id: 'no-dave',
          rules: [
            {
              deniedPrincipals: ['principal://goog/subject/dave@example.com'],
              deniedPermissions: ['run.googleapis.com/services.create'],
            },
          ],
        },
      ],
      serviceAccounts: [
        {
          id: 'runtime',
          iam: [
            {
              role: 'roles/iam.serviceAccountUser',
              members: [
                'user:alice@example.com',
                'user:bob@example.com',
                'user:carol@example.com',
                'user:dave@example.com',
              ],
            },
          ],
        },
      ],
      secrets: [
        {
          id: 'db-password',
          value: 'x',
          iam: [{ role: 'roles/secretmanager.secretAccessor', members: [`serviceAccount:${RUNTIME}`] }],
        },
      ],
    },
    {
      id: B,
      number: '112233445566',
      parent: `organizations/${ORGANIZATION}`,
      services: ['artifactregistry.googleapis.com'],
      repositories: [
        {
          id: 'myrepo',
          location: REGION,
          iam: [
            {
              role: `organizations/${ORGANIZATION}/roles/puller`,
              members: ['user:alice@example.com', 'group:platform@example.com', 'user:carol@example.com'],
            },
          ],
        },
      ],
    },
    {
      id: 'myproject-c',
      number: '778899001122',
      parent: `organizations/${ORGANIZATION}`,
      services: ['iam.googleapis.com'],
      serviceAccounts: [{ id: 'deployer' }],
    },
  ],
};

export class GooglePlane {
  private constructor(
    readonly plane: Plane,
    private readonly dir: string,
    private readonly ca: string,
  ) {}

  static async start(): Promise<GooglePlane> {
    const dir = await mkdtemp(path.join(tmpdir(), 'sekisho-google-'));
    const plane = await startPlane({
      dataDir: dir,
      memory: true,
      port: 0,
      runtime: 'none',
      clock: () => NOW,
      egress: false,
      estate: [{ name: 'estate.json', text: JSON.stringify(estate) }],
      onError: () => undefined,
      onInfo: () => undefined,
    });
    const google = new GooglePlane(plane, dir, await readFile(path.join(dir, 'ca', 'ca.pem'), 'utf8'));
    const image = await buildImage({ files: [{ path: '/app', content: 'x' }], config: { Cmd: ['/app'] } });
    const token = await google.token('user:owner@example.com');
    await pushImage({ registryUrl: plane.url, name: IMAGE, tag: 'latest', token, image });
    return google;
  }

  /** Google Cloud as somebody sees it: the real addresses, through the plane as a proxy. */
  source(as: string, options: Partial<GoogleSourceOptions> = {}): Source {
    return googleSource({ ...this.options(as), ...options });
  }

  /** What is read of it, for those who read more than a source does. */
  reader(as: string): GoogleReader {
    return new GoogleReader(this.options(as));
  }

  /** How somebody reaches it: through the plane as a proxy, with its certificates and a token of the plane's. */
  options(as: string) {
    const credentials: Credentials = {
      token: () => this.token(as),
      quotaProject: async () => undefined,
      email: async () => undefined,
    };
    return { env: { HTTPS_PROXY: this.plane.url }, ca: this.ca, credentials };
  }

  /** The plane's own word. */
  own(): Promise<Source> {
    return planeSource(this.plane);
  }

  async token(as: string): Promise<string> {
    const { url, secret, owner } = this.plane;
    const plane = { url, secret, owner, pid: process.pid, dataDir: this.dir };
    const { token } = await adminCall(plane, 'POST /v1/token', { as });
    return String(token);
  }

  async stop(): Promise<void> {
    await this.plane.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export function deploy(as: string, more: Partial<CheckRequest> = {}): CheckRequest {
  return {
    kind: 'service',
    apiVersion: 'v1',
    name: 'web',
    project: A,
    region: REGION,
    as,
    images: [`${IMAGE}:latest`],
    serviceAccount: RUNTIME,
    ...more,
  };
}
