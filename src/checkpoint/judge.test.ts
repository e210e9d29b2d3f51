import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../iam/index.js';
import { emailOf } from '../names/index.js';
import { factsOf, planOf, type TestDeploy, type TestEstate } from './cases/estate.js';
import {
  agentToCome,
  type DeployPlan,
  type Facts,
  failureMessage,
  imagesToProbe,
  type Judgement,
  judge,
  questions,
  refusalAtTheGate,
  requirements,
  serviceAgentOf,
} from './index.js';

const ENFORCE = { imageReadCheck: 'enforce' } as const;
const IMAGE = 'asia-northeast1-docker.pkg.dev/myproject-a/docker-repo/app';
const AGENT = 'service-891566352225@serverless-robot-prod.iam.gserviceaccount.com';

const UPSTREAM = '//artifactregistry.googleapis.com/projects/p/locations/us/repositories/r';

const estate: TestEstate = {
  projects: {
    'myproject-a': {
      number: '891566352225',
      apis: ['run.googleapis.com'],
      iam: { 'roles/owner': ['user:owner@example.com'] },
      repositories: { 'asia-northeast1/docker-repo': {} },
      secrets: { one: {}, two: {} },
    },
    'public-b': {
      number: '222222222222',
      repositories: { 'us/hello': { 'roles/artifactregistry.reader': ['allUsers'] } },
    },
  },
};
const deploy: TestDeploy = { project: 'myproject-a', as: 'owner@example.com', images: [IMAGE] };
const plan = planOf(deploy, estate);
const facts = factsOf(estate);

const idsWith = (judgement: Judgement, verdict: Judgement['verdict']) =>
  judgement.requirements.filter((each) => each.verdict === verdict).map(({ id }) => id);

const YES: Decision = { verdict: 'granted', reasons: [] };
const NO: Decision = { verdict: 'denied', reasons: [] };

describe('the requirements', () => {
  it('are judged in the order in which Cloud Run checks them', () => {
    expect(requirements.map(({ id, moment, effect }) => [id, moment, effect])).toEqual([
      ['api-enabled', 'admission', 'refuses'],
      ['image-host-supported', 'admission', 'refuses'],
      ['deployer-reads-resource', 'admission', 'refuses'],
      ['deployer-deploys', 'admission', 'refuses'],
      ['deployer-switches-invoker-check', 'admission', 'refuses'],
      ['deployer-acts-as', 'admission', 'refuses'],
      ['agent-exists', 'admission', 'refuses'],
      ['agent-mints-token', 'admission', 'refuses'],
      ['deployer-reads-image', 'admission', 'refuses'],
      ['deployer-follows-operation', 'admission', 'warns'],
      ['agent-pulls-image', 'pull', 'fails'],
      ['registry-agent-reads-upstream', 'pull', 'fails'],
      ['image-exists', 'pull', 'fails'],
      ['image-platform', 'pull', 'fails'],
      ['runtime-reads-secret', 'start', 'fails'],
      ['secret-exists', 'start', 'fails'],
      ['deployer-sets-invoker', 'after', 'warns'],
      ['not-judged', 'admission', 'fails'],
    ]);
  });

  it('ask on the project for what is new, and on the resource for what exists', () => {
    const asked = (exists: boolean) =>
      judge({ ...plan, exists }, facts, ENFORCE).requirements.find(({ id }) => id === 'deployer-deploys');
    expect(asked(false)).toMatchObject({
      permission: 'run.services.create',
      resource: '//cloudresourcemanager.googleapis.com/projects/myproject-a',
    });
    expect(asked(true)).toMatchObject({
      permission: 'run.services.update',
      resource:
        '//run.googleapis.com/projects/myproject-a/locations/asia-northeast1/services/my-cloud-run-app',
    });
  });

  it.each([
    ['job', 'run.jobs.create', 'projects/myproject-a/locations/asia-northeast1/jobs/my-cloud-run-app'],
    [
      'workerPool',
      'run.workerpools.create',
      'projects/myproject-a/locations/asia-northeast1/workerPools/my-cloud-run-app',
    ],
  ] as const)('differ for a %s by its name alone', (kind, permission, spelt) => {
    const stranger = planOf({ ...deploy, kind, apiVersion: 'v2', as: 'stranger@example.com' }, estate);
    const judged = judge(stranger, facts, ENFORCE).requirements.find(({ id }) => id === 'deployer-deploys');
    expect(judged).toMatchObject({
      permission,
      message: `Permission '${permission}' denied on resource '${spelt}' (or resource may not exist).`,
    });
  });

  it('leave minting and images alone when only traffic moves, but not actAs', () => {
    const moved = planOf({ ...deploy, exists: true, trafficOnly: true }, estate);
    expect(judge(moved, facts, ENFORCE).requirements.map(({ id }) => id)).toEqual([
      'api-enabled',
      'image-host-supported',
      'deployer-reads-resource',
      'deployer-deploys',
      'deployer-acts-as',
      'deployer-follows-operation',
    ]);
    expect(imagesToProbe(moved)).toEqual([]);
  });

  it('come one per image and one per secret', () => {
    const many = planOf(
      {
        ...deploy,
        images: [IMAGE, 'us-docker.pkg.dev/public-b/hello/app', IMAGE],
        secrets: [
          '//secretmanager.googleapis.com/projects/myproject-a/secrets/one',
          '//secretmanager.googleapis.com/projects/myproject-a/secrets/two',
        ],
      },
      estate,
    );
    const judgement = judge(many, facts, ENFORCE);
    const count = (id: string) => judgement.requirements.filter((each) => each.id === id).length;
    expect([count('agent-pulls-image'), count('runtime-reads-secret')]).toEqual([2, 2]);
    expect(failureMessage(judgement)).toBe(
      ['one', 'two']
        .map(
          (name, index) =>
            `spec.template.spec.containers[0].env[${index}].value_from.secret_key_ref.name: Permission denied on secret: projects/891566352225/secrets/${name}/versions/latest for Revision service account 891566352225-compute@developer.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.`,
        )
        .join(' '),
    );
  });

  it('say of each secret whether it is denied or not there', () => {
    const secrets = ['one', 'two'].map(
      (name) => `//secretmanager.googleapis.com/projects/myproject-a/secrets/${name}` as const,
    );
    const granted = { decide: () => ({ verdict: 'granted' as const, reasons: [] }) };
    const judgement = judge(
      planOf({ ...deploy, secrets }, estate),
      { ...facts, ...granted, secret: (resource) => (resource.endsWith('two') ? 'missing' : 'present') },
      ENFORCE,
    );
    expect(judgement.failure).toMatchObject({
      id: 'secret-exists',
      finding: { secret: 'projects/myproject-a/secrets/two/versions/latest', present: false },
    });
    expect(failureMessage(judgement)).toBe(
      'spec.template.spec.containers[0].env[1].value_from.secret_key_ref.name: Secret projects/891566352225/secrets/two/versions/latest was not found',
    );
  });

  it('ask nobody for anything about an image of Docker Hub', () => {
    const hub = judge(planOf({ ...deploy, images: ['nginx'] }, estate), facts, ENFORCE);
    expect(hub.verdict).toBe('granted');
    expect(hub.requirements.map(({ id }) => id)).not.toContain('agent-pulls-image');
  });

  it('let everybody have an image that allUsers may read', () => {
    const hello = judge(
      planOf({ ...deploy, images: ['us-docker.pkg.dev/public-b/hello/app'] }, estate),
      facts,
      ENFORCE,
    );
    expect(hello.verdict).toBe('granted');
  });

  it('refuse an image of another registry as a bad field', () => {
    const { refusal } = judge(planOf({ ...deploy, images: [IMAGE, 'ghcr.io/x/y'] }, estate), facts, ENFORCE);
    expect(refusal).toMatchObject({
      id: 'image-host-supported',
      status: 'INVALID_ARGUMENT',
      violation: { field: 'spec.template.spec.containers[1].image' },
    });
    expect(refusal?.message).toBe(`${refusal?.violation?.field}: ${refusal?.violation?.description}`);
  });

  it('refuse a runtime account that does not exist in the words of actAs, to an owner too', () => {
    const ghost = planOf({ ...deploy, serviceAccount: 'ghost@myproject-a.iam.gserviceaccount.com' }, estate);
    expect(judge(ghost, facts, ENFORCE).refusal).toMatchObject({
      id: 'deployer-acts-as',
      message:
        "Permission 'iam.serviceaccounts.actAs' denied on service account ghost@myproject-a.iam.gserviceaccount.com (or it may not exist).",
    });
  });

  it('refuse who may deploy but set no policy to switch the check of invokers', () => {
    const switching = {
      ...plan,
      exists: true,
      switchesInvokerCheck: true,
    };
    const grants: Facts = {
      ...facts,
      decide: (_, permission) => (permission === 'run.services.setIamPolicy' ? NO : YES),
    };
    expect(judge(switching, grants, ENFORCE).refusal).toMatchObject({
      id: 'deployer-switches-invoker-check',
      message:
        "Permission 'run.services.setIamPolicy' denied on resource 'namespaces/myproject-a/services/my-cloud-run-app' (or resource may not exist).",
    });
    expect(judge({ ...switching, switchesInvokerCheck: false }, grants, ENFORCE).refusal).toBeUndefined();
  });

  it('ask about the invoker only for a service that is to be public', () => {
    const invoker = (change: Partial<TestDeploy>) =>
      judge(planOf({ ...deploy, ...change }, estate), facts, ENFORCE).requirements.some(
        ({ id }) => id === 'deployer-sets-invoker',
      );
    expect([
      invoker({}),
      invoker({ publicAccess: true }),
      invoker({ publicAccess: true, kind: 'job' }),
    ]).toEqual([false, true, false]);
  });
});

describe('judging', () => {
  it('never comes to a yes over a no, nor over what is unknown', () => {
    const verdicts = fc.constantFrom<Decision['verdict']>('granted', 'denied', 'unknown');
    const decisions = questions(planOf({ ...deploy, publicAccess: true }, estate)).length;
    fc.assert(
      fc.property(fc.array(verdicts, { minLength: decisions, maxLength: decisions }), (answers) => {
        let next = 0;
        const given: Facts = {
          ...facts,
          decide: () => ({ verdict: answers[next++] ?? 'denied', reasons: [] }),
        };
        const judgement = judge(planOf({ ...deploy, publicAccess: true }, estate), given, ENFORCE);
        const worst = answers.includes('denied')
          ? 'denied'
          : answers.includes('unknown')
            ? 'unknown'
            : 'granted';
        expect(judgement.verdict).toBe(worst);
        const judged = judgement.requirements.flatMap(({ decision, verdict }) => (decision ? [verdict] : []));
        expect(judged).toEqual(answers);
      }),
    );
  });

  it('judges by the requirements alone: without one, neither the gate nor the explanation knows of it', () => {
    for (const removed of requirements) {
      const all: Facts = {
        decide: () => NO,
        apiEnabled: () => false,
        accountExists: () => false,
        manifest: () => ({ wrongPlatform: 'application/vnd.oci.image.index.v1+json' }),
        secret: () => 'missing',
      };
      const asked = planOf(
        {
          ...deploy,
          images: [IMAGE, 'ghcr.io/x/y'],
          publicAccess: true,
          secrets: ['//secretmanager.googleapis.com/projects/myproject-a/secrets/one'],
        },
        estate,
      );
      const everything: DeployPlan = {
        ...asked,
        switchesInvokerCheck: true,
        upstreams: [
          { image: IMAGE, through: UPSTREAM, projectNumber: '1', kind: 'virtual', resource: UPSTREAM },
        ],
        open: [{ field: '--network', why: 'not judged' }],
      };
      const rest = requirements.filter((each) => each !== removed);
      const only = (rules: typeof requirements) => judge(everything, all, ENFORCE, rules);
      expect(only([removed]).requirements.map(({ id }) => id)).toContain(removed.id);
      expect(only(rest).requirements.map(({ id }) => id)).not.toContain(removed.id);
      expect(only([removed]).refusal?.id).toBe(removed.effect === 'refuses' ? removed.id : undefined);
      expect(only(rest).refusal?.id).not.toBe(removed.id);
    }
  });

  it('judges every requirement, and names the first that refuses and the first that fails', () => {
    const judgement = judge(plan, { ...facts, decide: () => NO }, ENFORCE);
    expect(judgement.refusal?.id).toBe('deployer-reads-resource');
    expect(judgement.failure?.id).toBe('agent-pulls-image');
    expect(judgement.warnings.map(({ id }) => id)).toEqual(['deployer-follows-operation']);
  });

  it('says unknown, and of whom, while the project has no number', () => {
    const { projectNumber: _, ...target } = plan.target;
    const decide: Facts['decide'] = (principal) => (principal.kind === 'user' ? YES : NO);
    const judgement = judge({ ...plan, target }, { ...facts, decide }, ENFORCE);
    expect(judgement.verdict).toBe('unknown');
    expect(idsWith(judgement, 'unknown')).toEqual(['agent-exists', 'agent-mints-token', 'agent-pulls-image']);
    expect(judgement.requirements.find(({ id }) => id === 'agent-pulls-image')?.finding).toMatchObject({
      kind: 'unknown',
    });
    expect(serviceAgentOf({ target })).toBeUndefined();
  });

  it('grants an agent without an address what its stand-in is granted', () => {
    const { projectNumber: _, ...target } = plan.target;
    const decide: Facts['decide'] = (principal) =>
      principal.kind === 'user' || emailOf(principal) === agentToCome(target.project).email ? YES : NO;
    const judgement = judge({ ...plan, target }, { ...facts, decide }, ENFORCE);
    expect(idsWith(judgement, 'granted')).toEqual(
      expect.arrayContaining(['agent-mints-token', 'agent-pulls-image']),
    );
  });

  it('keeps closed at the gate what it could not find out', () => {
    const judgement = judge(plan, { ...facts, decide: () => ({ verdict: 'unknown', reasons: [] }) }, ENFORCE);
    expect(judgement.refusal).toBeUndefined();
    expect(refusalAtTheGate(judgement)).toMatchObject({
      id: 'deployer-reads-resource',
      message:
        "Permission 'run.services.get' denied on resource 'namespaces/myproject-a/services/my-cloud-run-app' (or resource may not exist).",
    });
  });

  it('reports that the API is off with what gcloud needs to offer enabling it', () => {
    const { refusal } = judge(plan, { ...facts, apiEnabled: () => false }, ENFORCE);
    expect(refusal?.id).toBe('api-enabled');
    expect(refusal?.details).toContainEqual(expect.objectContaining({ reason: 'SERVICE_DISABLED' }));
  });

  it('names the media type of a manifest for another platform', () => {
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const { failure } = judge(plan, { ...facts, manifest: () => ({ wrongPlatform: mediaType }) }, ENFORCE);
    expect(failure?.message).toBe(`Container manifest type '${mediaType}' must support amd64/linux.`);
  });
});

describe('what a plan asks', () => {
  it('is each question once, and all that judging needs', () => {
    const asked = questions(planOf({ ...deploy, images: [IMAGE, `${IMAGE}:v2`] }, estate));
    const texts = asked.map(({ principal, permission, resource }) =>
      JSON.stringify([principal, permission, resource]),
    );
    expect(new Set(texts).size).toBe(texts.length);
    expect(asked).toContainEqual({
      principal: { kind: 'serviceAccount', email: AGENT },
      permission: 'artifactregistry.repositories.downloadArtifacts',
      resource:
        '//artifactregistry.googleapis.com/projects/myproject-a/locations/asia-northeast1/repositories/docker-repo',
    });
    const known = new Set(texts);
    const strict: Facts = {
      ...facts,
      decide: (...question) => {
        expect(known).toContain(JSON.stringify(question));
        return YES;
      },
    };
    expect(
      judge(planOf({ ...deploy, images: [IMAGE, `${IMAGE}:v2`] }, estate), strict, ENFORCE).verdict,
    ).toBe('granted');
  });
});
