/** For tests: entries as Cloud Run writes them. */
export interface TestCall {
  readonly message: string;
  readonly principal?: string;
  readonly project?: string;
  readonly kind?: 'service' | 'job' | 'workerPool';
  readonly name?: string;
  readonly timestamp?: string;
}

const MONITORED = {
  service: ['cloud_run_revision', 'service_name'],
  job: ['cloud_run_job', 'job_name'],
  workerPool: ['cloud_run_worker_pool', 'worker_pool_name'],
} as const;

export type TestEntry = Readonly<Record<string, unknown>> & {
  readonly protoPayload: Readonly<Record<string, unknown>>;
};

/** The entry of a call that was refused, or (without a principal) of a resource that did not become ready. */
export function entryOf({
  message,
  principal,
  project = 'myproject-a',
  kind = 'service',
  name = 'web',
  timestamp = '2024-12-01T00:00:00Z',
}: TestCall): TestEntry {
  const [type, label] = MONITORED[kind];
  const log = principal === undefined ? 'system_event' : 'activity';
  return {
    logName: `projects/${project}/logs/cloudaudit.googleapis.com%2F${log}`,
    resource: { type, labels: { project_id: project, location: 'asia-northeast1', [label]: name } },
    severity: 'ERROR',
    timestamp,
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'run.googleapis.com',
      methodName:
        principal === undefined ? '/Services.CreateService' : 'google.cloud.run.v1.Services.CreateService',
      ...(principal === undefined ? {} : { authenticationInfo: { principalEmail: principal } }),
      status: { code: principal === undefined ? 9 : 7, message },
    },
  };
}
