/** Writes an asset export of a given size, the same each time: projects with services, accounts and policies. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

export interface ExportSize {
  readonly projects: number;
  /** Services, jobs and worker pools of each project. */
  readonly runs: number;
  /** Bindings of each project, counting those of what lies in it. */
  readonly bindings: number;
}

export interface WrittenExport {
  readonly bytes: number;
  readonly resources: number;
  readonly bindings: number;
}

const ORGANIZATION = 'organizations/900000000001';
const FOLDERS = 100;
/** Runtime accounts of a project. */
const ACCOUNTS = 2;
const TIME = '2025-01-15T00:00:00.000000Z';
/** Projects whose images everybody in the organization may pull. */
const SHARED = 10;
/** Service accounts of a project that its policy names for other work. */
const WORKERS = 8;
/** Roles as projects have them, each once in a policy; most have nothing to do with deploys. */
const OTHER_ROLES: readonly string[] = Object.entries({
  aiplatform: 'admin user viewer',
  bigquery: 'admin dataEditor dataOwner dataViewer jobUser user',
  bigtable: 'admin reader user viewer',
  'cloudbuild.builds': 'builder editor viewer',
  cloudkms: 'admin cryptoKeyDecrypter cryptoKeyEncrypter cryptoKeyEncrypterDecrypter viewer',
  cloudscheduler: 'admin jobRunner viewer',
  cloudsql: 'admin client editor instanceUser viewer',
  cloudtasks: 'admin enqueuer queueAdmin taskDeleter taskRunner viewer',
  cloudtrace: 'admin agent user',
  compute: 'admin instanceAdmin networkAdmin networkUser networkViewer osLogin securityAdmin viewer',
  container: 'admin clusterAdmin clusterViewer developer viewer',
  dataflow: 'admin developer viewer worker',
  datastore: 'importExportAdmin indexAdmin owner user viewer',
  dns: 'admin peer reader',
  errorreporting: 'admin user viewer writer',
  eventarc: 'admin eventReceiver viewer',
  logging: 'admin configWriter logWriter privateLogViewer viewer',
  monitoring: 'admin alertPolicyEditor editor metricWriter notificationChannelViewer viewer',
  pubsub: 'admin editor publisher subscriber viewer',
  redis: 'admin editor viewer',
  run: 'invoker viewer',
  secretmanager: 'secretVersionAdder secretVersionManager viewer',
  spanner: 'admin databaseReader databaseUser viewer',
  storage: 'admin objectAdmin objectCreator objectUser objectViewer',
}).flatMap(([service, names]) => names.split(' ').map((name) => `roles/${service}.${name}`));

interface Binding {
  readonly role: string;
  readonly members: readonly string[];
}

const number = (project: number) => String(100_000_000_000 + project);
const id = (project: number) => `app-${String(project).padStart(5, '0')}`;
const account = (name: string, project: number) =>
  `serviceAccount:${name}@${id(project)}.iam.gserviceaccount.com`;
const agent = (project: number) =>
  `serviceAccount:service-${number(project)}@serverless-robot-prod.iam.gserviceaccount.com`;

/** Writes the export, a line for each asset, and says how big it has become. */
export function writeExport(file: string, size: ExportSize): WrittenExport {
  const out = openSync(file, 'w');
  const total = { bytes: 0, resources: 0, bindings: 0 };
  try {
    for (let project = 0; project < size.projects; project++) {
      const assets = project === 0 ? [...above(), ...assetsOf(project, size)] : assetsOf(project, size);
      const text = `${assets.map((asset) => JSON.stringify(asset)).join('\n')}\n`;
      total.bytes += writeSync(out, text);
      total.resources += size.runs;
      for (const asset of assets) total.bindings += asset.iam_policy?.bindings.length ?? 0;
    }
    // What is still on its way to the disk would be written while somebody is measured.
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
  return total;
}

interface Asset {
  readonly name: string;
  readonly iam_policy?: { readonly bindings: readonly Binding[] };
}

function asset(name: string, type: string, ancestors: readonly string[], content: object): Asset {
  return { name, asset_type: type, ...content, ancestors, update_time: TIME } as Asset;
}

const policy = (bindings: readonly Binding[]) => ({
  iam_policy: { version: 1, etag: 'BwYrQ3x0Y1c=', bindings },
});

const team = (project: number) => `group:team-${project % FOLDERS}@example.com`;
const folder = (index: number) => `folders/${500_000 + index}`;

function above(): Asset[] {
  return [
    asset(
      `//cloudresourcemanager.googleapis.com/${ORGANIZATION}`,
      'cloudresourcemanager.googleapis.com/Organization',
      [ORGANIZATION],
      policy([{ role: 'roles/resourcemanager.organizationAdmin', members: ['group:platform@example.com'] }]),
    ),
    ...Array.from({ length: FOLDERS }, (_, index) =>
      asset(
        `//cloudresourcemanager.googleapis.com/${folder(index)}`,
        'cloudresourcemanager.googleapis.com/Folder',
        [folder(index), ORGANIZATION],
        policy([
          { role: 'roles/browser', members: [team(index)] },
          { role: 'roles/logging.viewer', members: [team(index), 'group:support@example.com'] },
        ]),
      ),
    ),
  ];
}

function assetsOf(project: number, { projects, runs, bindings }: ExportSize): Asset[] {
  const ancestors = [`projects/${number(project)}`, folder(project % FOLDERS), ORGANIZATION];
  const of = (name: string, type: string, content: object) => asset(name, type, ancestors, content);
  const own = projectBindings(project);
  // Services have one binding each, accounts two, the repository one; the rest are the project's.
  const others = Math.max(0, bindings - own.length - 1 - ACCOUNTS * 2 - runs);
  const filler = Array.from(
    { length: others },
    (_, index): Binding => ({
      role: OTHER_ROLES[index % OTHER_ROLES.length] ?? '',
      members: [
        account(`worker-${index % WORKERS}`, project),
        ...(index % 4 === 0 ? [`user:person-${(project * 7 + index) % 5000}@example.com`] : []),
      ],
    }),
  );
  const base = `projects/${id(project)}`;
  return [
    of(
      `//cloudresourcemanager.googleapis.com/projects/${number(project)}`,
      'cloudresourcemanager.googleapis.com/Project',
      {
        resource: resource('Project', {
          projectId: id(project),
          projectNumber: number(project),
          lifecycleState: 'ACTIVE',
          name: id(project),
        }),
      },
    ),
    of(
      `//cloudresourcemanager.googleapis.com/${base}`,
      'cloudresourcemanager.googleapis.com/Project',
      policy([...own, ...filler]),
    ),
    of(
      `//serviceusage.googleapis.com/projects/${number(project)}/services/run.googleapis.com`,
      'serviceusage.googleapis.com/Service',
      {
        resource: resource('Service', {
          name: `projects/${number(project)}/services/run.googleapis.com`,
          state: 'ENABLED',
        }),
      },
    ),
    of(
      `//artifactregistry.googleapis.com/${base}/locations/us/repositories/images`,
      'artifactregistry.googleapis.com/Repository',
      {
        resource: resource('Repository', {
          name: `${base}/locations/us/repositories/images`,
          format: 'DOCKER',
          mode: 'STANDARD_REPOSITORY',
        }),
      },
    ),
    of(
      `//artifactregistry.googleapis.com/${base}/locations/us/repositories/images`,
      'artifactregistry.googleapis.com/Repository',
      policy([
        {
          role: 'roles/artifactregistry.reader',
          members: project < SHARED ? everybody(project, projects) : [account('worker-0', project)],
        },
      ]),
    ),
    ...Array.from({ length: ACCOUNTS }, (_, index) => accountAssets(of, project, index)).flat(),
    ...Array.from({ length: runs }, (_, index) => runAssets(of, project, index, projects)).flat(),
  ];
}

/** Those who run what this project shares, and those who deploy it. */
function everybody(shared: number, projects: number): string[] {
  const count = Math.ceil((projects - shared) / SHARED);
  return [
    ...Array.from({ length: count }, (_, index) => agent(shared + index * SHARED)),
    ...Array.from({ length: FOLDERS }, (_, index) => team(index)),
    ...Array.from({ length: 500 }, (_, index) => `user:lead-${index}@example.com`),
    ...Array.from({ length: count }, (_, index) => account('ci', shared + index * SHARED)),
  ];
}

/** One project in twenty lacks what its deployers need. */
function projectBindings(project: number): Binding[] {
  const deployers = [account('ci', project), ...(project % 2 === 0 ? [team(project)] : [])];
  const actors = project % 20 === 7 ? [] : [{ role: 'roles/iam.serviceAccountUser', members: deployers }];
  return [
    { role: 'roles/run.serviceAgent', members: [agent(project)] },
    { role: 'roles/run.developer', members: deployers },
    ...actors,
    { role: 'roles/artifactregistry.writer', members: deployers },
    { role: 'roles/owner', members: [`user:lead-${project % 500}@example.com`] },
  ];
}

/** One service in ten runs an image that the organization shares; one in a hundred one that its project may not pull. */
function imageProject(project: number, index: number, projects: number): number {
  if (index !== 0) return project;
  return project % 10 === 3 ? (project + 1) % projects : project % SHARED;
}

function runAssets(
  of: (name: string, type: string, content: object) => Asset,
  project: number,
  index: number,
  projects: number,
): Asset[] {
  const name = `service-${index}`;
  const base = `projects/${id(project)}`;
  const runtime = runtimeAccount(project, index % ACCOUNTS);
  const images = id(imageProject(project, index, projects));
  return [
    of(`//run.googleapis.com/${base}/locations/us-central1/services/${name}`, 'run.googleapis.com/Service', {
      resource: resource(
        'Service',
        knative(name, number(project), `us-docker.pkg.dev/${images}/images/${name}:v${index}`, runtime),
      ),
    }),
    of(
      `//run.googleapis.com/${base}/locations/us-central1/services/${name}`,
      'run.googleapis.com/Service',
      policy([
        {
          role: 'roles/run.invoker',
          members: index % 3 === 0 ? ['allUsers'] : [account(`caller-${index}`, project)],
        },
      ]),
    ),
  ];
}

function accountAssets(
  of: (name: string, type: string, content: object) => Asset,
  project: number,
  index: number,
): Asset[] {
  const base = `projects/${id(project)}`;
  const runtime = runtimeAccount(project, index);
  return [
    of(`//iam.googleapis.com/${base}/serviceAccounts/${runtime}`, 'iam.googleapis.com/ServiceAccount', {
      resource: resource('ServiceAccount', {
        email: runtime,
        name: `${base}/serviceAccounts/${runtime}`,
        projectId: id(project),
        uniqueId: String(1e15 + project * 100 + index),
      }),
    }),
    of(
      `//iam.googleapis.com/${base}/serviceAccounts/${runtime}`,
      'iam.googleapis.com/ServiceAccount',
      policy([
        {
          role: 'roles/iam.workloadIdentityUser',
          members: [`serviceAccount:${id(project)}.svc.id.goog[apps/${index}]`],
        },
        { role: 'roles/iam.serviceAccountTokenCreator', members: [account('ci', project)] },
      ]),
    ),
  ];
}

const runtimeAccount = (project: number, index: number) =>
  account(`runtime-${index}`, project).slice('serviceAccount:'.length);

const resource = (kind: string, data: object) => ({
  version: 'v1',
  discovery_name: kind,
  data,
});

function knative(name: string, namespace: string, image: string, serviceAccountName: string): object {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name,
      namespace,
    },
    spec: {
      template: {
        metadata: {
          annotations: {
            'autoscaling.knative.dev/maxScale': '20',
          },
        },
        spec: {
          containerConcurrency: 80,
          serviceAccountName,
          containers: [
            {
              image,
              env: [{ name: 'ENVIRONMENT', value: 'production' }],
              resources: { limits: { cpu: '1000m', memory: '512Mi' } },
            },
          ],
        },
      },
      traffic: [{ percent: 100, latestRevision: true }],
    },
    status: { latestReadyRevisionName: `${name}-00003-abc` },
  };
}
