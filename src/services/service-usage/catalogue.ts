/** The APIs that a project can enable, with their titles as `gcloud services list` shows them. */

export interface KnownApi {
  /** e.g. `run.googleapis.com` */
  readonly name: string;
  readonly title: string;
}

/** Name without `.googleapis.com` → title. Those that are served here, and those that clients ask for by habit. */
const TITLES: Readonly<Record<string, string>> = {
  aiplatform: 'Vertex AI API',
  apigateway: 'API Gateway API',
  appengine: 'App Engine Admin API',
  artifactregistry: 'Artifact Registry API',
  bigquery: 'BigQuery API',
  bigquerymigration: 'BigQuery Migration API',
  bigquerystorage: 'BigQuery Storage API',
  binaryauthorization: 'Binary Authorization API',
  cloudapis: 'Google Cloud APIs',
  cloudasset: 'Cloud Asset API',
  cloudbilling: 'Cloud Billing API',
  cloudbuild: 'Cloud Build API',
  clouddeploy: 'Cloud Deploy API',
  cloudfunctions: 'Cloud Functions API',
  cloudidentity: 'Cloud Identity API',
  cloudkms: 'Cloud Key Management Service (KMS) API',
  cloudresourcemanager: 'Cloud Resource Manager API',
  cloudscheduler: 'Cloud Scheduler API',
  cloudtasks: 'Cloud Tasks API',
  cloudtrace: 'Cloud Trace API',
  compute: 'Compute Engine API',
  container: 'Kubernetes Engine API',
  containeranalysis: 'Container Analysis API',
  containerregistry: 'Container Registry API',
  containerscanning: 'Container Scanning API',
  datastore: 'Cloud Datastore API',
  deploymentmanager: 'Cloud Deployment Manager V2 API',
  dns: 'Cloud DNS API',
  eventarc: 'Eventarc API',
  firebase: 'Firebase Management API',
  firebaseapphosting: 'Firebase App Hosting API',
  firestore: 'Cloud Firestore API',
  iam: 'Identity and Access Management (IAM) API',
  iamcredentials: 'IAM Service Account Credentials API',
  iap: 'Cloud Identity-Aware Proxy API',
  logging: 'Cloud Logging API',
  monitoring: 'Cloud Monitoring API',
  networkservices: 'Network Services API',
  ondemandscanning: 'On-Demand Scanning API',
  orgpolicy: 'Organization Policy API',
  oslogin: 'Cloud OS Login API',
  policytroubleshooter: 'Policy Troubleshooter API',
  pubsub: 'Cloud Pub/Sub API',
  recommender: 'Recommender API',
  redis: 'Google Cloud Memorystore for Redis API',
  run: 'Cloud Run Admin API',
  runapps: 'Serverless Integrations API',
  secretmanager: 'Secret Manager API',
  servicecontrol: 'Service Control API',
  servicemanagement: 'Service Management API',
  servicenetworking: 'Service Networking API',
  serviceusage: 'Service Usage API',
  sourcerepo: 'Cloud Source Repositories API',
  'sql-component': 'Cloud SQL',
  sqladmin: 'Cloud SQL Admin API',
  storage: 'Cloud Storage API',
  'storage-api': 'Google Cloud Storage JSON API',
  'storage-component': 'Cloud Storage',
  sts: 'Security Token Service API',
  vpcaccess: 'Serverless VPC Access API',
  workflows: 'Workflows API',
};

/** Every known API, by name. */
export const KNOWN_APIS: readonly KnownApi[] = Object.entries(TITLES)
  .map(([short, title]) => ({ name: `${short}.googleapis.com`, title }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

const byName = new Map(KNOWN_APIS.map((api) => [api.name, api]));

export function knownApi(name: string): KnownApi | undefined {
  return byName.get(name);
}

/**
 * What a project has enabled from the start, as one made with the console or with gcloud has
 * (https://cloud.google.com/service-usage/docs/enabled-service#default).
 */
export const DEFAULT_APIS: readonly string[] = [
  'bigquery',
  'bigquerymigration',
  'bigquerystorage',
  'cloudapis',
  'cloudtrace',
  'datastore',
  'logging',
  'monitoring',
  'servicemanagement',
  'serviceusage',
  'sql-component',
  'storage',
  'storage-api',
  'storage-component',
].map((short) => `${short}.googleapis.com`);
