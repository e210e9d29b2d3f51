/** Jobs: the calls that all resources have, and the one that runs a job. */
import type { ExecutionRecord, JobRecord, JobSpec, RunOverrides, Stored } from '../../deployments/index.js';
import { type AccessRule, defineMethod } from '../../google/index.js';
import {
  type MethodTable,
  mergeTables,
  type RunDependencies,
  runMonitored,
  runRefusal,
} from '../run/context.js';
import { Fields } from '../run/fields.js';
import { LONGEST_TASK_SECONDS, overridesAnything, parseOverrides } from '../run/jobs.js';
import { AnnotationReader } from './annotation-reader.js';
import { auditOf, typedResponse } from './audit.js';
import { v1Dialect } from './dialect.js';
import { readInstanceAnnotations } from './instance-annotations.js';
import { EXECUTION, executionView, jobView } from './job-view.js';
import { JOB, parseJob } from './parse-job.js';
import { policyMethods } from './policy.js';
import { decodeTarget, resourceCheck, type Target } from './requests.js';
import { prefixOf, type ResourceKind, routes } from './resource-kind.js';
import { readMethods } from './resource-reads.js';
import { writeMethods } from './resource-writes.js';
import { keyOf } from './rules.js';

/** Jobs have no path of `projects/…`, but for their policies. */
const PATHS = ['/apis/run.googleapis.com/v1/namespaces/{project}/jobs'];

export function jobMethods(deps: RunDependencies): MethodTable {
  const { jobs } = deps.deployments;
  const kind: ResourceKind<JobSpec, JobRecord> = {
    kind: 'job',
    noun: 'job',
    object: JOB,
    paths: PATHS,
    resources: jobs,
    parse: parseJob,
    view: jobView,
  };
  return mergeTables([
    writeMethods(deps, kind),
    readMethods(deps, kind),
    runMethod(deps),
    policyMethods(deps, 'job', prefixOf(kind), (key) => jobs.get(key)),
  ]);
}

function runMethod(deps: RunDependencies): MethodTable {
  const { projects } = deps.access;
  const name = `${prefixOf({ object: JOB })}.RunJob`;
  return {
    methods: [
      defineMethod({
        name,
        bindings: routes({ paths: PATHS }, 'POST', '/{name}:run'),
        decode: decodeTarget({ body: true }),
        handle: async (target: Target, call): Promise<Stored<ExecutionRecord>> =>
          deps.deployments.jobs.run(
            await keyOf(projects, target, call),
            { overrides: overridesIn(target), dryRun: false },
            call,
          ),
        encode: executionView,
        audit: auditOf(deps, {
          request: 'RunJobRequest',
          collection: 'jobs',
          monitored: (job) => runMonitored('job', job),
          response: (answer: Stored<ExecutionRecord>) => typedResponse(EXECUTION.kind, executionView(answer)),
        }),
      }),
    ],
    access: { [name]: mayRun(deps) },
  };
}

/**
 * "run.jobs.runWithOverrides: Allows executing jobs with overrides"
 * (https://cloud.google.com/run/docs/reference/iam/permissions), asked for beside run.jobs.run.
 */
function mayRun({ access: { projects } }: RunDependencies): AccessRule {
  return {
    kind: 'permission',
    type: 'ADMIN_WRITE',
    checks: async (target: Target, call) => {
      const needed = ['run.jobs.run'];
      if (overridesAnything(overridesIn(target))) needed.push('run.jobs.runWithOverrides');
      return Promise.all(
        needed.map((permission) => resourceCheck('job', projects, permission, target, call)),
      );
    },
    refusal: runRefusal,
  };
}

/** @throws INVALID_ARGUMENT naming the field */
function overridesIn({ input: { body } }: Target): RunOverrides {
  const request = Fields.of(body ?? {}, '');
  const overrides = request.child('overrides');
  request.done();
  return overrides === undefined
    ? { containerOverrides: [] }
    : parseOverrides(overrides, {
        ...v1Dialect(readInstanceAnnotations(new AnnotationReader({}, 'run', 'overrides', []))),
        timeout: (fields) => fields.integer('timeoutSeconds', 0, LONGEST_TASK_SECONDS) || undefined,
      });
}
