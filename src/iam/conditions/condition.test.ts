import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  organizationName,
  projectName,
  repositoryName,
  runResourceName,
  secretName,
  secretVersionName,
  serviceAccountName,
} from '../../names/index.js';
import type { ConditionFacts, ConditionResult } from '../types.js';
import { compileCondition } from './condition.js';

const project = projectName('p');
const repository = repositoryName('p', 'us', 'r');

function value(
  expression: string,
  {
    time = '2026-01-15T12:34:56.789Z',
    ...facts
  }: Partial<Omit<ConditionFacts, 'time'>> & { time?: string } = {},
): ConditionResult['value'] {
  const asked = { resource: project, permission: 'a.b.c', ...facts };
  return compileCondition(expression).evaluate({ time: new Date(time), ...asked }).value;
}

describe('a condition on the time', () => {
  it.each([
    ['request.time < timestamp("2026-01-15T12:34:56.790Z")', 'true'],
    ['request.time < timestamp("2026-01-15T12:34:56.789Z")', 'false'],
    ['request.time <= timestamp("2026-01-15T12:34:56.789Z")', 'true'],
    ['request.time > timestamp("2026-01-15T12:34:56.788999999Z")', 'true'],
    ['request.time == timestamp("2026-01-15T13:34:56.789+01:00")', 'true'],
    ['request.time - timestamp("2026-01-15T00:00:00Z") < duration("13h")', 'true'],
    ['request.time < timestamp("2026-01-15T00:00:00Z") + duration("45000s")', 'false'],
    ['request.time >= date("2026-01-15") && request.time < date("2026-01-16")', 'true'],
    ['request.time.getFullYear() == 2026', 'true'],
    ['request.time.getMonth() == 0', 'true'],
    ['request.time.getDate() == 15 && request.time.getDayOfMonth() == 14', 'true'],
    ['request.time.getDayOfWeek() == 4', 'true'],
    ['request.time.getDayOfYear() == 14', 'true'],
    ['request.time.getHours("Asia/Tokyo") == 21', 'true'],
    ['request.time.getHours("-08:00") == 4', 'true'],
    ['request.time.getDayOfWeek("Pacific/Kiritimati") == 5', 'true'],
    ['request.time.getMinutes() == 34 && request.time.getSeconds() == 56', 'true'],
    ['request.time.getMilliseconds() == 789', 'true'],
    ['has({}.anything)', 'false'],
  ])('%s is %s', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it('reads the wall clock of a zone in its summer time, whatever zone this machine is in', () => {
    const expression =
      'request.time.getHours("Europe/Berlin") == 4 && request.time.getDate("Europe/Berlin") == 29';
    expect(value(expression, { time: '2026-03-29T02:30:00Z' })).toBe('true');
  });

  it('counts the days of the last day of a leap year', () => {
    expect(value('request.time.getDayOfYear() == 365', { time: '2028-12-31T23:59:59Z' })).toBe('true');
  });

  it.each(['timestamp("next week")', 'date("2026-02-31x")', 'date("tomorrow")'])(
    'never grants with an invalid instant: %s',
    (instant) => {
      expect(value(`request.time < ${instant}`)).toBe('error');
      expect(value(`!(request.time < ${instant})`)).toBe('error');
    },
  );

  it('never grants with a zone that does not exist', () => {
    expect(value('request.time.getHours("Mars/Olympus") >= 0')).toBe('error');
  });

  it('is remembered between instants without changing its value', () => {
    const edge = Date.parse('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: -2, max: 2 }),
        fc.integer({ min: -2, max: 2 }),
        fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
        fc.constantFrom('<', '<=', '>', '>=', '==', '!='),
        (offsets, a, b, first, second) => {
          const at = (offset: number) => `timestamp("${new Date(edge + offset).toISOString()}")`;
          const condition = compileCondition(
            `request.time ${first} ${at(a)} || !(${at(b)} ${second} request.time)`,
          );
          const compare = (l: number, op: string, r: number) =>
            ({ '<': l < r, '<=': l <= r, '>': l > r, '>=': l >= r, '==': l === r, '!=': l !== r })[op];
          for (const offset of offsets) {
            const expected = compare(offset, first, a) || !compare(b, second, offset);
            const time = new Date(edge + offset);
            expect(condition.evaluate({ time, resource: project, permission: 'a.b.c' }).value).toBe(
              String(expected),
            );
          }
        },
      ),
    );
  });
});

describe('a condition on the resource', () => {
  it('sees the service and type of a project', () => {
    expect(
      value(
        'resource.service == "cloudresourcemanager.googleapis.com" && resource.type == "cloudresourcemanager.googleapis.com/Project"',
      ),
    ).toBe('true');
  });

  it.each([repository, serviceAccountName('p', 'a@p.iam.gserviceaccount.com'), organizationName('1')])(
    'never grants on %s, which provides no attributes',
    (resource) => {
      const name = 'resource.name.startsWith("projects/p")';
      expect(value(name, { resource })).toBe('error');
      expect(value(`!${name}`, { resource })).toBe('error');
      expect(value(`${name} && true`, { resource })).toBe('error');
    },
  );

  it('still grants by the other side of an or', () => {
    const expression = 'resource.name.startsWith("x") || request.time > date("2026-01-01")';
    expect(value(expression, { resource: repository })).toBe('true');
  });

  it('says which attribute is missing', () => {
    const facts = { time: new Date(), resource: repository, permission: 'a.b.c' };
    expect(compileCondition('resource.type == "x"').evaluate(facts)).toEqual({
      value: 'error',
      note: 'the service provides no resource.type',
    });
  });

  it('tells secrets from their versions by the permission, and does not know their names without the number of the project', () => {
    const resource = secretName('p', 's');
    const versions = 'resource.type == "secretmanager.googleapis.com/SecretVersion"';
    const version = secretVersionName('p', 's', 'latest');
    expect(value(versions, { resource, permission: 'secretmanager.versions.access' })).toBe('true');
    expect(value(versions, { resource, permission: 'secretmanager.secrets.get' })).toBe('false');
    expect(value(versions, { resource, permission: 'secretmanager.versions.list' })).toBe('false');
    expect(value(versions, { resource: version, permission: 'secretmanager.versions.get' })).toBe('true');
    expect(value('resource.name.endsWith("s")', { resource })).toBe('unknown');
  });

  it('names secrets and versions by the number of their project, where that is known', () => {
    const facts = {
      resource: secretName('p', 's'),
      projectNumber: '12',
      permission: 'secretmanager.secrets.get',
    };
    expect(value('resource.name == "projects/12/secrets/s"', facts)).toBe('true');
    expect(value('resource.name == "projects/p/secrets/s"', facts)).toBe('false');
    const version = {
      ...facts,
      resource: secretVersionName('p', 's', '3'),
      permission: 'secretmanager.versions.access',
    };
    expect(value('resource.name == "projects/12/secrets/s/versions/3"', version)).toBe('true');
    expect(value('resource.name.startsWith("projects/12/secrets/t")', version)).toBe('false');
    expect(value('resource.name.endsWith("3")', { ...facts, permission: version.permission })).toBe(
      'unknown',
    );
  });

  it('is asked anew for each name', () => {
    const condition = compileCondition('resource.name == "projects/12/secrets/a"');
    const at = (secret: string) =>
      condition.evaluate({
        time: new Date(0),
        resource: secretName('p', secret),
        permission: 'secretmanager.secrets.get',
        projectNumber: '12',
      }).value;
    expect([at('a'), at('b'), at('a')]).toEqual(['true', 'false', 'true']);
  });

  it('is asked anew for each resource', () => {
    const condition = compileCondition('resource.type == "cloudresourcemanager.googleapis.com/Project"');
    const time = new Date();
    const at = (resource: typeof project) =>
      condition.evaluate({ time, resource, permission: 'x.y.z' }).value;
    expect([at(project), at(repository), at(project)]).toEqual(['true', 'error', 'true']);
  });
});

describe('extract()', () => {
  const name =
    'projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876';
  it.each([
    ['/order_date={date}/', '2019-11-03'],
    ['buckets/{name}/', 'acme-orders-aaa'],
    ['/orders/{empty}order_date', ''],
    ['{start}/objects/data_lake', 'projects/_/buckets/acme-orders-aaa'],
    ['orders/{end}', 'order_date=2019-11-03/aef87g87ae0876'],
    ['{all}', name],
    ['/orders/{none}/order_date=', ''],
    ['/nowhere/{none}', ''],
  ])('takes %s out of a resource name', (template, expected) => {
    expect(value(`"${name}".extract("${template}") == "${expected}"`)).toBe('true');
  });
});

describe('a condition on tags', () => {
  const tags = [
    { keyId: 'tagKeys/1', key: '1/env', valueId: 'tagValues/11', value: 'prod' },
    { keyId: 'tagKeys/2', key: 'my-project/team', valueId: 'tagValues/22', value: 'web' },
  ];

  it.each([
    ["resource.matchTag('1/env', 'prod')", 'true'],
    ["resource.matchTag('1/env', 'test')", 'false'],
    ["resource.matchTag('2/env', 'prod')", 'false'],
    ["resource.matchTag('my-project/team', 'web')", 'true'],
    ["resource.matchTagId('tagKeys/1', 'tagValues/11')", 'true'],
    ["resource.matchTagId('tagKeys/1', 'tagValues/22')", 'false'],
    ["resource.hasTagKey('1/env')", 'true'],
    ["resource.hasTagKey('1/team')", 'false'],
    ["resource.hasTagKeyId('tagKeys/2')", 'true'],
    ["resource.hasTagKeyId('tagKeys/3')", 'false'],
    ["resource.matchTag('1/env', 'prod') && resource.hasTagKey('my-project/team')", 'true'],
    ["resource.matchTag('1/env', 'prod') && request.time < date('2030-01-01')", 'true'],
    ["resource.matchTag('1/env', 'prod') && resource.service == 'run.googleapis.com'", 'error'],
  ])('%s is %s', (expression, expected) => {
    expect(value(expression, { tags, resource: repository })).toBe(expected);
  });

  it('sees the attributes of the resource beside its tags', () => {
    const expression =
      "resource.matchTag('1/env', 'prod') && resource.type == 'cloudresourcemanager.googleapis.com/Project'";
    expect(value(expression, { tags })).toBe('true');
    expect(value(expression, { tags: [] })).toBe('false');
  });

  it('is false, whatever it asks for, of a resource without tags; and unknown where they are not known', () => {
    expect(value("resource.hasTagKey('1/env')", { tags: [] })).toBe('false');
    expect(value("!resource.hasTagKey('1/env')", { tags: [] })).toBe('true');
    expect(value("resource.hasTagKey('1/env')")).toBe('unknown');
    expect(value("resource.hasTagKey('1/env') || true")).toBe('true');
  });

  it('is asked anew for other tags', () => {
    const condition = compileCondition("resource.matchTag('1/env', 'prod')");
    const facts = { time: new Date(0), resource: project, permission: 'a.b.c' };
    const at = (own: typeof tags | undefined) =>
      condition.evaluate({ ...facts, ...(own ? { tags: own } : {}) }).value;
    expect([at(tags), at([]), at(undefined), at(tags)]).toEqual(['true', 'false', 'unknown', 'true']);
  });
});

describe('a condition on the URL', () => {
  const invocation = {
    resource: runResourceName('service', 'p', 'us', 'web'),
    permission: 'run.routes.invoke',
    context: { host: 'web-1.us.run.app', path: '/admin/users' },
  };

  it.each([
    ['request.path.startsWith("/admin/")', 'true'],
    ['request.path == "/admin"', 'false'],
    ['request.host == "web-1.us.run.app" && request.path.endsWith("users")', 'true'],
  ])('%s is %s', (expression, expected) => {
    expect(value(expression, invocation)).toBe(expected);
  });

  it('is not known of an invocation that nobody makes, and provided by nothing else', () => {
    const { context: _, ...asked } = invocation;
    expect(value('request.host == "x"', asked)).toBe('unknown');
    expect(value('!(request.host == "x")', { ...invocation, permission: 'run.services.get' })).toBe('error');
    expect(value('request.path == "/"')).toBe('error');
  });
});

describe('a condition on the roles that a call gives or takes', () => {
  const expression =
    "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/a', 'roles/b'])";
  const setting = (roles: readonly string[], resource = project) => ({
    resource,
    permission: 'resourcemanager.projects.setIamPolicy',
    context: { apiAttributes: { 'iam.googleapis.com/modifiedGrantsByRole': roles } },
  });

  it.each<[string[], string]>([
    [[], 'true'],
    [['roles/a'], 'true'],
    [['roles/b', 'roles/a'], 'true'],
    [['roles/a', 'roles/c'], 'false'],
  ])('holds for %j? %s', (roles, expected) => {
    expect(value(expression, setting(roles))).toBe(expected);
  });

  it('holds for every call that changes no policy', () => {
    expect(value(expression, { permission: 'resourcemanager.projects.getIamPolicy' })).toBe('true');
  });

  it('never grants where the service does not tell the roles, and is unknown when nobody calls', () => {
    const permission = 'artifactregistry.repositories.setIamPolicy';
    expect(value(expression, { ...setting(['roles/a'], repository), permission })).toBe('error');
    expect(value(expression, { permission: 'run.services.setIamPolicy' })).toBe('unknown');
  });

  it('has the default of attributes that no service here has', () => {
    expect(value("api.getAttribute('storage.googleapis.com/objectListPrefix', '') == ''")).toBe('true');
    expect(value("api.getAttribute('x', 'y') == 'z'", { permission: 'run.services.setIamPolicy' })).toBe(
      'false',
    );
  });
});

describe('a condition on what no service here provides', () => {
  it.each([
    'destination.port == 22',
    'destination.ip == "10.0.0.1"',
    '!("accessPolicies/1/accessLevels/x" in request.auth.access_levels)',
    'principal.type == "iam.googleapis.com/ServiceAccount"',
  ])('never grants: %s', (expression) => {
    expect(value(expression)).toBe('error');
  });
});

describe('a condition that cannot be evaluated here', () => {
  it.each([
    "resource.matchTag('1/env', 'prod')",
    "resource.matchTag('1/env')",
    'some.other.thing',
    'not an expression',
  ])('is unknown: %s', (expression) => {
    expect(value(expression)).toBe('unknown');
  });

  it('has a value all the same where the rest decides', () => {
    expect(value("resource.matchTag('1/env', 'prod') || true")).toBe('true');
    expect(value("resource.matchTag('1/env', 'prod') && false")).toBe('false');
  });

  it('never throws, whatever the expression', () => {
    const token = fc.constantFrom(
      ...[
        'request.time',
        'resource.name',
        '&&',
        '||',
        '!',
        '(',
        ')',
        '<',
        '==',
        '"a"',
        '1',
        '.',
        'timestamp',
        ',',
      ],
      ...[
        '{',
        '}',
        '[',
        ']',
        'has',
        'in',
        '?',
        ':',
        'x',
        '.startsWith',
        'getHours()',
        'null',
        '-',
        'constructor',
      ],
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        expect(['true', 'false', 'error', 'unknown']).toContain(value(tokens.join(' ')));
      }),
      { numRuns: 500 },
    );
  });
});
