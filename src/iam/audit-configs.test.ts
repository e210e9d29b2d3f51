import { describe, expect, it } from 'vitest';
import { type Principal, projectName } from '../names/index.js';
import { type AuditQuestion, isDataAccessLogged } from './audit-configs.js';
import { compilePolicy } from './compile.js';
import { groupDirectory } from './groups.js';
import { predefinedRoles } from './roles/index.js';
import type { AuditConfig, ProposedAuditConfig } from './types.js';
import { validatePolicy } from './validate.js';

const ALICE: Principal = { kind: 'user', email: 'alice@example.com' };
const groups = groupDirectory({ 'auditors@example.com': ['user:alice@example.com'] });

const level = (resource: `//${string}`, ...auditConfigs: AuditConfig[]) => ({
  resource,
  policy: compilePolicy({ version: 1, etag: '', bindings: [], auditConfigs }, predefinedRoles),
});
const reads = (service: string, ...exemptedMembers: string[]): AuditConfig => ({
  service,
  auditLogConfigs: [{ logType: 'DATA_READ', exemptedMembers }],
});
const PROJECT = projectName('myproject-a');
const FOLDER = '//cloudresourcemanager.googleapis.com/folders/1';

const logged = (levels: AuditQuestion['levels'], question: Partial<AuditQuestion> = {}) =>
  isDataAccessLogged({
    principal: ALICE,
    service: 'run.googleapis.com',
    type: 'DATA_READ',
    levels,
    groups,
    ...question,
  });

describe('data access logs', () => {
  it('are off until a policy says otherwise', () => {
    expect(logged([level(PROJECT), level(FOLDER)])).toBe(false);
  });

  it('are turned on by service, or for all of them, by type of log, at any level', () => {
    expect(logged([level(PROJECT, reads('run.googleapis.com'))])).toBe(true);
    expect(logged([level(PROJECT, reads('allServices'))])).toBe(true);
    expect(logged([level(PROJECT), level(FOLDER, reads('allServices'))])).toBe(true);
    expect(logged([level(PROJECT, reads('iam.googleapis.com'))])).toBe(false);
    expect(logged([level(PROJECT, reads('allServices'))], { type: 'DATA_WRITE' })).toBe(false);
  });

  it.each(['user:alice@example.com', 'group:auditors@example.com', 'domain:example.com'])(
    'exempt %s, wherever it is said',
    (member) => {
      const levels = [
        level(PROJECT, reads('run.googleapis.com')),
        level(FOLDER, reads('allServices', member)),
      ];
      expect(logged(levels)).toBe(false);
      expect(logged(levels, { principal: { kind: 'user', email: 'bob@example.org' } })).toBe(true);
    },
  );

  it('exempt nobody from another type of log', () => {
    const config: AuditConfig = {
      service: 'allServices',
      auditLogConfigs: [
        { logType: 'DATA_READ', exemptedMembers: [] },
        { logType: 'DATA_WRITE', exemptedMembers: ['user:alice@example.com'] },
      ],
    };
    expect(logged([level(PROJECT, config)])).toBe(true);
    expect(logged([level(PROJECT, config)], { type: 'DATA_WRITE' })).toBe(false);
  });
});

describe('audit configurations of a policy', () => {
  const validate = (
    auditConfigs: readonly ProposedAuditConfig[],
    type: 'project' | 'secret' = 'project',
    members: readonly string[] = [],
  ) => {
    const bindings = members.length > 0 ? [{ role: 'roles/viewer', members }] : [];
    const result = validatePolicy({ bindings, auditConfigs }, predefinedRoles, type);
    return result.ok ? result.auditConfigs : result.problems[0]?.message;
  };

  it('are kept one for each service, with one part for each type', () => {
    expect(
      validate([
        reads('run.googleapis.com', 'user:Bob@example.com'),
        { service: 'allServices', auditLogConfigs: [{ logType: 'ADMIN_READ', exemptedMembers: [] }] },
        reads('run.googleapis.com', 'user:alice@example.com', 'user:bob@example.com'),
      ]),
    ).toEqual([
      { service: 'allServices', auditLogConfigs: [{ logType: 'ADMIN_READ', exemptedMembers: [] }] },
      reads('run.googleapis.com', 'user:alice@example.com', 'user:bob@example.com'),
    ]);
  });

  it.each<[string, ProposedAuditConfig, RegExp]>([
    [
      'a service that is none',
      reads('firestore.googleapis.com'),
      /^Service firestore\.googleapis\.com does not exist or/,
    ],
    ['a service without a name', reads(''), /^Service {2}does not exist/],
    ['no type of log', { service: 'allServices', auditLogConfigs: [] }, /at least one audit log config/],
    [
      'an unknown type',
      { service: 'allServices', auditLogConfigs: [{ logType: undefined, exemptedMembers: [] }] },
      /must name a log type/,
    ],
    ['everybody as exempt', reads('allServices', 'allUsers'), /member allUsers cannot be exempted/],
    ['a malformed member', reads('allServices', 'alice'), /member alice cannot be exempted/],
  ])('may not have %s', (_, config, problem) => {
    expect(validate([config])).toMatch(problem);
  });

  it('are for projects, folders and organizations alone', () => {
    expect(validate([reads('allServices')], 'secret')).toMatch(/not supported for this resource/);
  });

  it('count towards the members of the policy', () => {
    const members = Array.from({ length: 1500 }, (_, i) => `user:u${i}@example.com`);
    expect(validate([reads('allServices')], 'project', members)).toEqual([reads('allServices')]);
    expect(validate([reads('allServices', 'user:x@example.com')], 'project', members)).toMatch(
      /number of members in the policy \(1,501\)/,
    );
  });
});
