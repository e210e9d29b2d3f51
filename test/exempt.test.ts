/**
 * Whom the change of 2025-01-15 does not concern, by the announcement: builds and functions of the same project,
 * source deploys, Firebase, owners and editors. Each deploys with its own token and the very role that Google gives
 * it. Nothing in the plane knows of an exemption: it is what the role carries, and without the role it is gone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appProject, serviceBody, servicePath } from './support/deploys.js';
import { TestPlane } from './support/plane.js';
import { bindingsOf, enable, grant, newAccount, onProject, revoke } from './support/policies.js';
import { at, Rest } from './support/rest.js';
import { REGION } from './support/world.js';

const P = 'exempt-project';

/** Deploys, and acts as the runtime identity; cannot read images. */
const DEPLOYER = ['roles/run.admin', 'roles/iam.serviceAccountUser'];

interface Exempt {
  readonly who: string;
  readonly member: () => string;
  /** What makes the difference, and whether Google grants it by itself when the API is enabled. */
  readonly role: string;
  readonly automatic: boolean;
  /** What else the account is given to deploy with; a role that carries all of it needs nothing. */
  readonly also: readonly string[];
}

let plane: TestPlane;
let rest: Rest;
let image: string;
let number: string;

beforeAll(async () => {
  // A deploy is let in or refused before anything runs, so that these tests need no container runtime.
  plane = await TestPlane.start({
    args: ['--runtime', 'none', '--no-egress', '--image-read-check', 'enforce'],
  });
  rest = new Rest(plane);
  image = `${await appProject(rest, P)}:latest`;
  await enable(
    plane,
    P,
    ['cloudbuild', 'cloudfunctions', 'firebaseapphosting'].map((short) => `${short}.googleapis.com`),
  );
  await newAccount(plane, P, 'build-trigger');
  const project = await plane.api(
    'owner@example.com',
    'GET',
    `cloudresourcemanager.googleapis.com/v1/projects/${P}`,
  );
  number = String(at(project.body, 'projectNumber'));
});
afterAll(() => plane?.dispose());

const account = (email: string) => `serviceAccount:${email}`;
const agent = (domain: string) => account(`service-${number}@${domain}.iam.gserviceaccount.com`);

const EXEMPT: readonly Exempt[] = [
  {
    who: 'the default service account of Cloud Build, an Editor',
    member: () => account(`${number}-compute@developer.gserviceaccount.com`),
    role: 'roles/editor',
    automatic: true,
    also: [],
  },
  {
    who: 'the legacy account of Cloud Build',
    member: () => account(`${number}@cloudbuild.gserviceaccount.com`),
    role: 'roles/cloudbuild.builds.builder',
    automatic: true,
    also: DEPLOYER,
  },
  {
    who: "a build trigger's own account",
    member: () => account(`build-trigger@${P}.iam.gserviceaccount.com`),
    role: 'roles/cloudbuild.builds.builder',
    automatic: false,
    also: DEPLOYER,
  },
  {
    who: "Cloud Functions' agent",
    member: () => agent('gcf-admin-robot'),
    role: 'roles/cloudfunctions.serviceAgent',
    automatic: true,
    also: [],
  },
  {
    who: "Firebase App Hosting's agent",
    member: () => agent('gcp-sa-firebaseapphosting'),
    role: 'roles/firebaseapphosting.serviceAgent',
    automatic: true,
    also: [],
  },
  {
    who: 'a source deployer',
    member: () => 'user:sue@example.com',
    role: 'roles/run.sourceDeveloper',
    automatic: false,
    also: ['roles/iam.serviceAccountUser'],
  },
  {
    who: 'a Firebase administrator',
    member: () => 'user:fay@example.com',
    role: 'roles/firebase.admin',
    automatic: false,
    also: ['roles/iam.serviceAccountUser'],
  },
  {
    who: 'an Owner of the project',
    member: () => 'user:carol@example.com',
    role: 'roles/owner',
    automatic: false,
    also: [],
  },
  {
    who: 'an Editor of the project',
    member: () => 'user:erin@example.com',
    role: 'roles/editor',
    automatic: false,
    also: [],
  },
];

/** What `sekisho check` says of the deployer's part of a deploy by this member. */
async function checked(member: string, name: string) {
  const args = ['check', 'run', 'service', name, '--project', P, '--region', REGION];
  const { code, stdout } = await plane.sekisho([
    ...args,
    '--image',
    image,
    '--as',
    member,
    '--format',
    'json',
  ]);
  const { requirements } = JSON.parse(stdout) as {
    requirements: readonly { id: string; verdict: string; message?: string }[];
  };
  const denied = requirements.filter(({ verdict }) => verdict !== 'granted');
  return { code, denied: denied.map(({ id, message }) => ({ id, message })) };
}

const deploying = (member: string, name: string) =>
  rest.call(member, 'POST', servicePath(P), serviceBody({ project: P, name, image }));

const REFUSAL = (reference: string) =>
  `User must have permission to read the image, ${reference}. Ensure that the provided container image URL is correct`;

describe.each(EXEMPT)('$who', ({ who, member, role, automatic, also }) => {
  const name = who
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .slice(0, 40);
  const project = onProject(P);

  it(`deploys by ${role}`, async () => {
    const held = await bindingsOf(plane, project);
    const roles = held.filter(({ members }) => members.includes(member())).map((binding) => binding.role);
    expect(roles).toEqual(automatic ? [role] : []);
    for (const each of [...also, ...(automatic ? [] : [role])]) await grant(plane, project, member(), each);
    expect(await checked(member(), `${name}-a`)).toEqual({ code: 0, denied: [] });
    const answer = await deploying(member(), `${name}-a`);
    expect({ status: answer.status, name: at(answer.body, 'metadata', 'name') }).toEqual({
      status: 200,
      name: `${name}-a`,
    });
  });

  it('is refused without it, whatever else it may deploy with', async () => {
    await revoke(plane, project, member(), role);
    for (const each of DEPLOYER) if (!also.includes(each)) await grant(plane, project, member(), each);
    const check = await checked(member(), `${name}-b`);
    expect(check).toEqual({
      code: 1,
      denied: [{ id: 'deployer-reads-image', message: expect.stringContaining(REFUSAL(image)) }],
    });
    const answer = await deploying(member(), `${name}-b`);
    expect(answer.status).toBe(403);
    expect(at(answer.body, 'error', 'message')).toBe(check.denied[0]?.message);
    const owner = 'owner@example.com';
    expect((await rest.call(owner, 'GET', servicePath(P, `${name}-b`))).status).toBe(404);
  });
});
