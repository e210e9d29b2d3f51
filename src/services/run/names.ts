/** The resource names of Cloud Run's `projects/…` surface, taken apart and put together. */
import { invalidArgument } from '../../google/index.js';
import { RUN_COLLECTION, type RunKind } from '../../names/index.js';

/** `projects/P/locations/L`; the project by id or number, as the client wrote it. */
export interface LocationName {
  readonly project: string;
  readonly location: string;
}

/** A service, job or worker pool. */
export interface RunName extends LocationName {
  readonly kind: RunKind;
  readonly name: string;
}

/** A revision of a service or worker pool. */
export interface RevisionName extends RunName {
  readonly revision: string;
}

/** An execution of a job. */
export interface ExecutionName extends RunName {
  readonly execution: string;
}

export interface TaskName extends ExecutionName {
  readonly task: string;
}

export interface OperationName extends LocationName {
  readonly operation: string;
}

const KINDS: readonly RunKind[] = ['service', 'job', 'workerPool'];
const LOCATION = 'projects/([^/]+)/locations/([^/]+)';
const ONE = '([^/]+)';

/** The parts of a name: project, location, and what follows them. @throws INVALID_ARGUMENT */
function parse(pattern: string, name: string): readonly string[] {
  const groups = new RegExp(`^${LOCATION}${pattern}$`).exec(name);
  if (!groups) throw invalidArgument(`Invalid resource name '${name}'.`);
  return groups.slice(1);
}

/** @throws INVALID_ARGUMENT */
export function parseLocation(name: string): LocationName {
  const [project = '', location = ''] = parse('', name);
  return { project, location };
}

/** A name of a resource of this kind; v1's have no capitals. @throws INVALID_ARGUMENT */
export function parseRunName(kind: RunKind, text: string): RunName {
  const collection = RUN_COLLECTION[kind];
  const either = `(?:${collection}|${collection.toLowerCase()})`;
  const [project = '', location = '', name = ''] = parse(`/${either}/${ONE}`, text);
  return { kind, project, location, name };
}

/** The kind of resource whose collection a name leads into; a service where it leads into none of them. */
function kindIn(name: string): RunKind {
  return KINDS.find((kind) => name.split('/')[4] === RUN_COLLECTION[kind]) ?? 'service';
}

/** A name of what has revisions: of a service or worker pool. @throws INVALID_ARGUMENT */
export function parseRevisionOwner(name: string): RunName {
  return parseRunName(kindIn(name) === 'workerPool' ? 'workerPool' : 'service', name);
}

/** @throws INVALID_ARGUMENT */
export function parseRevisionName(name: string): RevisionName {
  const [, owner = name, revision = ''] = /^(.*)\/revisions\/([^/]+)$/.exec(name) ?? [];
  if (revision === '') throw invalidArgument(`Invalid resource name '${name}'.`);
  return { ...parseRevisionOwner(owner), revision };
}

/** @throws INVALID_ARGUMENT */
export function parseExecutionName(text: string): ExecutionName {
  const [project = '', location = '', name = '', execution = ''] = parse(
    `/jobs/${ONE}/executions/${ONE}`,
    text,
  );
  return { kind: 'job', project, location, name, execution };
}

/** @throws INVALID_ARGUMENT */
export function parseTaskName(text: string): TaskName {
  const [project = '', location = '', name = '', execution = '', task = ''] = parse(
    `/jobs/${ONE}/executions/${ONE}/tasks/${ONE}`,
    text,
  );
  return { kind: 'job', project, location, name, execution, task };
}

/** @throws INVALID_ARGUMENT */
export function parseOperationName(name: string): OperationName {
  const [project = '', location = '', operation = ''] = parse(`/operations/${ONE}`, name);
  return { project, location, operation };
}

/** `projects/P/locations/L/services/S`, as a name's parts have the project. */
export function spellRunName({ kind, project, location, name }: RunName): string {
  return `projects/${project}/locations/${location}/${RUN_COLLECTION[kind]}/${name}`;
}
