/** Deploys that failed for somebody, each made on the plane: what becomes of it is what the checkpoint says. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { CheckRequest, ImageReadCheck } from '../../checkpoint/index.js';
import type { BindingDocument, EstateDocument, ProjectDocument } from '../../estate-file/index.js';
import {
  cloudRunAgent,
  normalizeMember,
  parsePrincipal,
  projectOfServiceAccount,
} from '../../names/index.js';
import { Deploys, foretold, OBSERVER, type Outcome } from './testing-deploys.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

type Roles = Readonly<Record<string, readonly string[]>>;

/** The parts of a case that its author writes, as its file has them. */
interface Case {
  readonly estate: {
    readonly projects: Readonly<
      Record<
        string,
        {
          readonly number: string;
          readonly apis?: readonly string[];
          readonly iam?: Roles;
          readonly agentLostItsRole?: boolean;
          readonly serviceAccounts?: Readonly<Record<string, Roles>>;
          readonly repositories?: Readonly<Record<string, Roles>>;
        }
      >
    >;
    readonly images?: Readonly<Record<string, 'missing'>>;
  };
  readonly deploy: {
    readonly kind?: CheckRequest['kind'];
    readonly apiVersion?: 'v1' | 'v2';
    readonly name?: string;
    readonly project: string;
    readonly region?: string;
    readonly as: string;
    readonly images: readonly string[];
    readonly serviceAccount?: string;
  };
  readonly checks: readonly {
    readonly imageReadCheck?: ImageReadCheck;
    readonly denied: readonly string[];
    readonly refusal?: string;
    readonly failure?: string;
    readonly message?: string;
  }[];
}

const folder = fileURLToPath(new URL('../../checkpoint/cases/', import.meta.url));
const files = readdirSync(folder).filter((name) => /^\d+-.*\.yaml$/.test(name));

const ACCOUNT = /^serviceAccount:.+@.+\.iam\.gserviceaccount\.com$/;

/** The estate as a file for the plane, whose policies may only name accounts that are there. */
function documentOf({ estate, deploy }: Case): EstateDocument {
  const projects = Object.entries(estate.projects);
  const agents = projects.map(([, { number }]) => `serviceAccount:${cloudRunAgent(number)}`);
  const named = [
    `serviceAccount:${deploy.as}`,
    ...projects.flatMap(([, { iam = {}, serviceAccounts = {}, repositories = {} }]) =>
      [iam, ...Object.values(serviceAccounts), ...Object.values(repositories)].flatMap((roles) =>
        Object.values(roles).flat(),
      ),
    ),
  ];
  const accounts = [...new Set(named)].flatMap((member) => {
    const email = member.slice('serviceAccount:'.length);
    const project = projectOfServiceAccount(email);
    return ACCOUNT.test(member) && project !== undefined && project in estate.projects
      ? [{ email, project }]
      : [];
  });
  const exists = (member: string) =>
    !ACCOUNT.test(member) ||
    agents.includes(member) ||
    accounts.some(({ email }) => member === `serviceAccount:${email}`);
  const bindings = (roles: Roles): BindingDocument[] =>
    Object.entries(roles).map(([role, members]) => ({ role, members: members.filter(exists) }));
  return {
    projects: projects.map(([id, project]): ProjectDocument => {
      const own = new Map(Object.entries(project.serviceAccounts ?? {}));
      for (const { email, project: home } of accounts) if (home === id && !own.has(email)) own.set(email, {});
      const ofDefault = own.get(`${project.number}-compute@developer.gserviceaccount.com`);
      return {
        id,
        number: project.number,
        services: [...(project.apis ?? []), 'artifactregistry.googleapis.com'],
        iam: [...bindings(project.iam ?? {}), { role: 'roles/owner', members: [OBSERVER] }],
        ...(ofDefault ? { defaultServiceAccount: { iam: bindings(ofDefault) } } : {}),
        serviceAccounts: [...own]
          .filter(([email]) => email.endsWith('.iam.gserviceaccount.com'))
          .map(([email, roles]) => ({ id: email.split('@')[0] ?? '', iam: bindings(roles) })),
        repositories: Object.entries(project.repositories ?? {}).map(([place, roles]) => {
          const [location = '', repository = ''] = place.split('/');
          return { id: repository, location, iam: bindings(roles) };
        }),
      };
    }),
  };
}

function requestOf({ deploy }: Case): CheckRequest {
  const {
    kind = 'service',
    apiVersion = 'v1',
    name = 'my-cloud-run-app',
    region = 'asia-northeast1',
  } = deploy;
  const { project, images, serviceAccount, as } = deploy;
  const member = parsePrincipal(as)?.kind === 'serviceAccount' ? `serviceAccount:${as}` : `user:${as}`;
  return {
    kind,
    apiVersion,
    name,
    region,
    project,
    images,
    as: normalizeMember(member),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
  };
}

/** As if an authoritative policy had left it out. */
async function takeRolesFromAgents({ estate }: Case, deploys: Deploys): Promise<void> {
  for (const [id, { number, agentLostItsRole }] of Object.entries(estate.projects)) {
    if (agentLostItsRole !== true) continue;
    const target = `v1/projects/${id}`;
    const host = 'cloudresourcemanager.googleapis.com';
    const { json } = await deploys.call(OBSERVER, 'POST', host, `${target}:getIamPolicy`, {});
    const bindings = (json.bindings as readonly BindingDocument[]).filter(
      ({ members }) => !members.includes(`serviceAccount:${cloudRunAgent(number)}`),
    );
    await deploys.call(OBSERVER, 'POST', host, `${target}:setIamPolicy`, { policy: { ...json, bindings } });
  }
}

/** What the case's file says will become of the deploy. */
function expectedOf({ refusal, failure, message }: Case['checks'][number], said: Outcome): Outcome {
  const kind = refusal !== undefined ? 'refused' : failure !== undefined ? 'failed' : 'through';
  if (kind === 'through') return { kind };
  return { kind, message: message ?? ('message' in said ? said.message : '') };
}

const opened: Deploys[] = [];
afterAll(() => Promise.all(opened.map((deploys) => deploys.close())));

describe.each(files)('%s', (file) => {
  const told: Case = parse(readFileSync(folder + file, 'utf8'));
  it.each(told.checks)(
    'comes to what was foretold with the image read check on $imageReadCheck',
    async (check) => {
      const deploys = await Deploys.open(check.imageReadCheck);
      opened.push(deploys);
      await deploys.apply(documentOf(told));
      await takeRolesFromAgents(told, deploys);
      const request = requestOf(told);
      for (const image of request.images)
        if (told.estate.images?.[image] !== 'missing') await deploys.push(image);
      const report = await deploys.foretell(request);
      const denied = report.requirements.filter(({ verdict }) => verdict === 'denied').map(({ id }) => id);
      expect(denied).toEqual(check.denied);
      const outcome = await deploys.deploy(request);
      expect(outcome).toEqual(foretold(report));
      expect(outcome).toEqual(expectedOf(check, foretold(report)));
    },
  );
});
