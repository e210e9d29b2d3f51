// Signs in by application default credentials, which a job has made, and describes a project.
import { GoogleAuth } from 'google-auth-library';

const [project] = process.argv.slice(2);
const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
const { data } = await auth.request({
  url: `https://cloudresourcemanager.googleapis.com/v1/projects/${project}`,
});
console.log(data.projectId);
