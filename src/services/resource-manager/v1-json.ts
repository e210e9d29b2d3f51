/** The JSON of google.cloudresourcemanager.v1.Project, in and out (there are no protos of this version). */
import type { Project } from '../../access/index.js';
import {
  badField,
  type HttpInput,
  invalidArgument,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  unimplemented,
} from '../../google/index.js';
import type { ProjectOperation } from './operations.js';

/** What a caller may say of a project; fields that only the server sets are read over, as AIP-203 has it. */
export interface ProjectInput {
  readonly projectId?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `folders/N` or `organizations/N` */
  readonly parent?: string;
}

export interface CreateRequest {
  readonly input: ProjectInput;
}
/** A call about one project, by id or number. */
export interface ProjectRequest {
  readonly project: string;
}
export interface UpdateRequest extends ProjectRequest {
  readonly input: ProjectInput;
}

const OUTPUT_ONLY = ['projectNumber', 'lifecycleState', 'createTime'];

/** @throws GoogleError INVALID_ARGUMENT for an unknown or malformed field, UNIMPLEMENTED for tags */
export function parseProject(body: JsonValue | undefined): ProjectInput {
  if (body === undefined) return {};
  if (!isJsonObject(body))
    throw invalidArgument('Invalid JSON payload received. The body must be an object.');
  let input: ProjectInput = {};
  for (const [field, value] of Object.entries(body)) {
    if (value === null || value === undefined || OUTPUT_ONLY.includes(field)) continue;
    if (field === 'projectId' || field === 'name') input = { ...input, [field]: string(value, field) };
    else if (field === 'labels') input = { ...input, labels: strings(value, field) };
    else if (field === 'parent') input = { ...input, parent: parseParent(value) };
    else if (field === 'tags') throw unimplemented('tags: tags of projects are not implemented.');
    else throw unknownName(field);
  }
  return input;
}

function parseParent(value: JsonValue): string {
  const { type, id } = strings(value, 'parent');
  if ((type !== 'folder' && type !== 'organization') || id === undefined || !/^\d+$/.test(id)) {
    throw badField('parent', 'parent must have the type folder or organization, and a numeric id.');
  }
  return `${type}s/${id}`;
}

function string(value: JsonValue, field: string): string {
  if (typeof value !== 'string') throw badField(field, `${field} must be a string.`);
  return value;
}

function strings(value: JsonValue, field: string): Record<string, string> {
  if (!isJsonObject(value)) throw badField(field, `${field} must be an object.`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, string(item ?? null, `${field}.${key}`)]),
  );
}

const unknownName = (field: string) =>
  invalidArgument(`Invalid JSON payload received. Unknown name "${field}": Cannot find field.`);

/** What a request said of a project, for its audit entry. */
export function inputJson({ labels, ...input }: ProjectInput): JsonObject {
  return { ...input, ...(labels === undefined ? {} : { labels: { ...labels } }) };
}

/** A body without a field, as getAncestry has it. */
export function requireEmpty(body: JsonValue | undefined): void {
  if (body === undefined || body === null) return;
  if (!isJsonObject(body))
    throw invalidArgument('Invalid JSON payload received. The body must be an object.');
  const [field] = Object.keys(body);
  if (field !== undefined) throw unknownName(field);
}

/** Refuses query parameters that the method does not have. */
export function onlyParameters(input: HttpInput, ...known: readonly string[]): void {
  for (const name of input.query.keys()) {
    if (!known.includes(name)) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`,
      );
    }
  }
}

export function projectJson(project: Project): JsonObject {
  const { projectId, number, name, state, createTime, labels, parent } = project;
  return {
    projectNumber: number,
    projectId,
    lifecycleState: state,
    name,
    ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
    createTime,
    ...(parent === undefined ? {} : { parent: resourceId(parent) }),
  };
}

/** `folders/N` as the `{type, id}` of this version. */
export function resourceId(name: string): JsonObject {
  const [collection = '', id = ''] = name.split('/');
  return { type: collection.replace(/s$/, ''), id };
}

/** v1 shows the creation alone with metadata; it knows no other operation. */
export function operationJson({ name, kind, project }: ProjectOperation): JsonObject {
  const metadata = {
    '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus',
    createTime: project.createTime,
    gettable: true,
    ready: true,
  };
  return {
    name,
    ...(kind === 'create' ? { metadata } : {}),
    done: true,
    response: {
      '@type': 'type.googleapis.com/google.cloudresourcemanager.v1.Project',
      ...projectJson(project),
    },
  };
}
