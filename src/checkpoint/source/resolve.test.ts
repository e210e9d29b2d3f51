import { describe, expect, it } from 'vitest';
import { requestOf, sourceOf, type TestEstate } from '../cases/estate.js';
import type { CheckRequest } from '../check-request.js';
import { resolveDeploy } from './resolve.js';
import type { RunResourceFacts } from './types.js';

const ALICE = 'user:alice@example.com';
const ACCOUNT = 'runtime@myproject-a.iam.gserviceaccount.com';
const estate: TestEstate = { projects: { 'myproject-a': { number: '891566352225' } } };
const deploy = requestOf({ project: 'myproject-a', as: ALICE, images: ['nginx'] });

const resolved = (change: Partial<CheckRequest>, existing: RunResourceFacts | 'absent' = 'absent') =>
  resolveDeploy({ ...deploy, ...change }, { ...sourceOf(estate), runResource: async () => existing });

describe('a deploy', () => {
  const existing = { serviceAccount: ACCOUNT, images: ['nginx'] };

  it('keeps the runtime account that the resource has, unless it replaces the whole of it', async () => {
    expect((await resolved({}, existing)).runtimeIdentity.email).toBe(ACCOUNT);
    expect((await resolved({ replaces: true }, existing)).runtimeIdentity.email).toBe(
      '891566352225-compute@developer.gserviceaccount.com',
    );
  });

  it.each([
    ['a new service with the check', false, undefined, false],
    ['a new service without it', true, undefined, true],
    ['one that has no check and shall have none', true, true, false],
    ['one that has no check and shall have it', false, true, true],
    ['one of which nothing is said', undefined, true, false],
  ])('switches the check of invokers or not: %s', async (_, wanted, now, switches) => {
    const before = now === undefined ? 'absent' : { ...existing, invokerIamDisabled: now };
    const change = wanted === undefined ? {} : { invokerIamDisabled: wanted };
    expect((await resolved(change, before)).switchesInvokerCheck).toBe(switches);
  });

  it('names secrets by the field that the file has', async () => {
    const field = 'spec.template.spec.containers[2].env[7].value_from.secret_key_ref.name';
    const secret = { env: 'A', name: 's', version: '1' };
    const { secrets } = await resolved({ secrets: [{ ...secret, field }, secret] });
    expect(secrets.map((use) => use.field)).toEqual([
      field,
      'spec.template.spec.containers[0].env[1].value_from.secret_key_ref.name',
    ]);
  });

  it.each([
    ['service', 'spec.template.spec'],
    ['job', 'spec.template.spec.template.spec'],
    ['workerPool', 'spec.template.spec'],
  ] as const)('names secrets of a %s by the fields of its own, variables first', async (kind, at) => {
    const rest = { name: 's', version: '1' };
    const { secrets } = await resolved({
      kind,
      secrets: [
        { mount: '/a', ...rest },
        { env: 'A', ...rest },
        { mount: '/b', ...rest },
        { env: 'B', ...rest },
      ],
    });
    expect(secrets.map((use) => use.field)).toEqual([
      `${at}.containers[0].env[0].value_from.secret_key_ref.name`,
      `${at}.containers[0].env[1].value_from.secret_key_ref.name`,
      `${at}.volumes[0].secret.secret_name`,
      `${at}.volumes[1].secret.secret_name`,
    ]);
  });
});
