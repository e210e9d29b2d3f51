/** Every Cloud Run resource of a project, as an audit looks at it. */
import { type InventoryRun, isUnknown } from '../../checkpoint/index.js';
import { RUN_COLLECTION, type RunKind, runResourceName } from '../../names/index.js';
import { readTemplate } from '../assets/templates.js';
import { GoogleLists } from '../estate/google-lists.js';
import type { Gap, RunFound } from '../estate/lists.js';
import type { GoogleReader } from '../google/index.js';
import { readApi, readProject, spelledById } from '../google/projects.js';

const RUN_API = 'run.googleapis.com';
const KINDS = Object.keys(RUN_COLLECTION) as RunKind[];

/**
 * @param gap hears what could not be listed or read, and why
 * @returns in the order of their names; none of a project that cannot be seen
 */
export async function runsIn(id: string, reader: GoogleReader, gap: Gap): Promise<readonly InventoryRun[]> {
  const project = await readProject(reader, id);
  if (isUnknown(project) || project === 'absent') {
    gap(`project ${id}`, isUnknown(project) ? project.why : 'there is no such project');
    return [];
  }
  // Where the API is certainly not enabled, nothing can be there; where that is not known, the lists will say.
  const { projectId } = project;
  if ((await readApi(reader, projectId, RUN_API)) === false) return [];
  const lists = new GoogleLists(reader, gap);
  const found = await Promise.all(
    KINDS.map(async (kind) =>
      Promise.all((await lists.runs(kind, projectId)).map((run) => runOf(kind, projectId, run, reader, gap))),
    ),
  );
  return found
    .flat()
    .filter((run) => run !== undefined)
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

async function runOf(
  kind: RunKind,
  project: string,
  { id: name, location }: RunFound,
  reader: GoogleReader,
  gap: Gap,
): Promise<InventoryRun | undefined> {
  const resource = runResourceName(kind, project, location, name);
  const what = `${name} of ${project} in ${location}`;
  const answer = await reader.get(kind, { project, location, name });
  // Deleted since it was listed.
  if (answer === 'absent') return undefined;
  const template = isUnknown(answer) ? undefined : readTemplate(answer);
  if (template === undefined) {
    gap(what, isUnknown(answer) ? answer.why : 'Google answered what has no containers');
    return undefined;
  }
  const secrets = await Promise.all(
    template.secrets.map(async (secret) => ({ ...secret, name: await secretById(secret.name, reader) })),
  );
  return { ...template, secrets, resource, kind, project, location, name };
}

/** Of other projects by `projects/P/secrets/S`, where P may be a number; of the same project by the id alone. */
async function secretById(name: string, reader: GoogleReader): Promise<string> {
  const spelled = await spelledById(reader, `//secretmanager.googleapis.com/${name}`);
  return spelled.slice('//secretmanager.googleapis.com/'.length);
}
