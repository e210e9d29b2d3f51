/** Jobs, and what calls on them need. */
import { create, type MessageShape } from '@bufbuild/protobuf';
import { policyMethods } from '../../access/index.js';
import type { JobRecord, JobSpec } from '../../deployments/index.js';
import {
  CreateJobRequestSchema,
  DeleteJobRequestSchema,
  JobSchema,
  Jobs,
  RunJobRequestSchema,
  UpdateJobRequestSchema,
} from '../../google/gen/google/cloud/run/v2/job_pb.js';
import { OperationSchema } from '../../google/gen/google/longrunning/operations_pb.js';
import { type AccessRule, type Call, protoMethods } from '../../google/index.js';
import { runResourceName } from '../../names/index.js';
import {
  type MethodTable,
  projectIdOf,
  type RunDependencies,
  requireRegion,
  runRefusal,
} from '../run/context.js';
import { overridesAnything } from '../run/jobs.js';
import { parseRunName, spellRunName } from '../run/names.js';
import { resourcePolicy } from '../run/policy.js';
import { matchEtag } from './etag.js';
import { jobInput, jobMessage } from './job-view.js';
import { operationTypes } from './operations.js';
import { parseJob, parseRunOverrides } from './parse-job.js';
import { versionOf } from './record-view.js';
import { answer, type ResourceKind, resourceCalls, resourceRules } from './resources.js';
import { keyOf, operationAudit } from './rules.js';

type CreateRequest = MessageShape<typeof CreateJobRequestSchema>;
type UpdateRequest = MessageShape<typeof UpdateJobRequestSchema>;
type DeleteRequest = MessageShape<typeof DeleteJobRequestSchema>;
type RunRequest = MessageShape<typeof RunJobRequestSchema>;

export function jobMethods(deps: RunDependencies): MethodTable {
  const kind: ResourceKind<typeof JobSchema, JobSpec, JobRecord> = {
    kind: 'job',
    schema: JobSchema,
    resources: deps.deployments.jobs,
    message: jobMessage,
    input: jobInput,
    parse: parseJob,
  };
  const calls = resourceCalls(deps, kind);
  const get = (key: Parameters<typeof kind.resources.get>[0]) => kind.resources.get(key);
  const policies = policyMethods(deps.access, resourcePolicy(deps, 'job', get));
  return {
    methods: protoMethods(
      Jobs,
      {
        getJob: calls.get,
        listJobs: async (request, call) => {
          const { items, nextPageToken } = await calls.list(request, call);
          return { jobs: items, nextPageToken };
        },
        createJob: ({ jobId, job, ...request }, call) =>
          calls.create({ ...request, id: jobId, resource: job }, call),
        updateJob: ({ job, ...request }, call) => calls.update({ ...request, resource: job }, call),
        deleteJob: calls.remove,
        runJob: (request, call) => run(deps, request, call),
        ...policies.handlers,
      },
      { registry: operationTypes, audit: { ...writeAudit(deps), ...policies.audit } },
    ),
    access: {
      ...resourceRules(deps, kind, Jobs.typeName, policies.rules),
      [`${Jobs.typeName}.RunJob`]: mayRun(deps),
    },
  };
}

async function run(deps: RunDependencies, { name, overrides, etag, validateOnly }: RunRequest, call: Call) {
  const { operation } = await deps.deployments.jobs.run(
    await keyOf(deps, parseRunName('job', name)),
    {
      overrides: parseRunOverrides(overrides),
      check: ({ value }) => matchEtag(etag, versionOf('job', value), value.name),
      dryRun: validateOnly,
    },
    call,
  );
  return create(OperationSchema, answer(operation, validateOnly));
}

/** Overrides take a permission of their own beside the one to run. */
function mayRun({ access: { projects } }: RunDependencies): AccessRule {
  return {
    kind: 'permission',
    type: 'ADMIN_WRITE',
    checks: async ({ name, overrides }: RunRequest) => {
      const named = parseRunName('job', name);
      requireRegion(named.location);
      const project = await projectIdOf(projects, named.project);
      const needed = ['run.jobs.run'];
      if (overridesAnything(parseRunOverrides(overrides))) needed.push('run.jobs.runWithOverrides');
      return needed.map((permission) => ({
        permission,
        resource: runResourceName('job', project, named.location, named.name),
        label: spellRunName({ ...named, project }),
      }));
    },
    refusal: runRefusal,
  };
}

function writeAudit(deps: RunDependencies) {
  return {
    createJob: operationAudit(
      deps,
      CreateJobRequestSchema,
      ({ parent, jobId }: CreateRequest) => `${parent}/jobs/${jobId}`,
    ),
    updateJob: operationAudit(deps, UpdateJobRequestSchema, ({ job }: UpdateRequest) => job?.name ?? ''),
    deleteJob: operationAudit(deps, DeleteJobRequestSchema, ({ name }: DeleteRequest) => name),
    runJob: operationAudit(deps, RunJobRequestSchema, ({ name }: RunRequest) => name),
  };
}
