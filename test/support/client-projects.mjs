// Run by `sekisho exec`: the life of a project by Google's own library, unmodified, over gRPC. Prints what it was told.
import { ProjectsClient } from '@google-cloud/resource-manager';

const [projectId] = process.argv.slice(2);
const projects = new ProjectsClient();
const told = [];
const STATES = ['STATE_UNSPECIFIED', 'ACTIVE', 'DELETE_REQUESTED'];
const ended = async (method, request) => {
  const [operation] = await projects[method](request);
  const [project, metadata] = await operation.promise();
  const kind = operation.name.replace(/\d+/, 'N');
  told.push([method, kind, STATES[project.state], project.displayName, metadata.ready]);
  return project;
};

const { name, etag } = await ended('createProject', { project: { projectId, displayName: 'By library' } });
await ended('updateProject', {
  project: { name, displayName: 'Renamed', etag },
  updateMask: { paths: ['display_name'] },
});
try {
  await ended('updateProject', { project: { name, displayName: 'Too late', etag } });
} catch (error) {
  told.push([error.code, error.details]);
}
await ended('deleteProject', { name });
const [found] = await projects.searchProjects({ query: `id:${projectId} AND state:DELETE_REQUESTED` });
told.push(found.map((project) => project.projectId));
await ended('undeleteProject', { name });
try {
  await projects.undeleteProject({ name });
} catch (error) {
  told.push([error.code, error.details]);
}
console.log(JSON.stringify(told));
