import { describe, expect, it } from 'vitest';
import { pick, yamlFields } from './http-logging.js';
import { withMember, without } from './http-policies.js';
import { Refused, refusal } from './http-session.js';

const READER = 'roles/artifactregistry.reader';
const CONDITION = { title: 'until noon', expression: 'request.time < timestamp("2030-01-01T12:00:00Z")' };

describe('adding a binding', () => {
  it('makes the binding when the role has none', () => {
    expect(withMember([], READER, 'user:a@example.com')).toEqual([
      { role: READER, members: ['user:a@example.com'] },
    ]);
  });

  it('joins the one that is there, once, and leaves those with conditions alone', () => {
    const conditional = { role: READER, members: ['user:c@example.com'], condition: CONDITION };
    const plain = { role: READER, members: ['user:a@example.com'] };
    const added = withMember([conditional, plain], READER, 'user:b@example.com');
    expect(added).toEqual([
      conditional,
      { role: READER, members: ['user:a@example.com', 'user:b@example.com'] },
    ]);
    expect(withMember(added, READER, 'user:b@example.com')).toEqual(added);
  });
});

describe('removing a binding', () => {
  it('takes the member out, and the binding with its last member', () => {
    const bindings = [{ role: READER, members: ['user:a@example.com', 'user:b@example.com'] }];
    const one = without(bindings, READER, 'user:a@example.com');
    expect(one).toEqual([{ role: READER, members: ['user:b@example.com'] }]);
    expect(without(one, READER, 'user:b@example.com')).toEqual([]);
  });

  it('refuses a member who is not there', () => {
    expect(() => without([], READER, 'user:a@example.com')).toThrow(Refused);
  });
});

describe('a refusal', () => {
  it('is the status and the message of the error body', () => {
    const json = { error: { code: 403, message: "Permission 'x' denied", status: 'PERMISSION_DENIED' } };
    expect(refusal({ status: 403, text: '', json }).message).toBe("PERMISSION_DENIED: Permission 'x' denied");
  });

  it('is the body itself where that is no error of an API', () => {
    expect(refusal({ status: 502, text: 'Bad Gateway', json: undefined }).message).toBe(
      'HTTP 502: Bad Gateway',
    );
  });
});

describe('the fields of a log entry', () => {
  it('are picked in their places, and left out where an entry has none', () => {
    const entry = {
      severity: 'ERROR',
      protoPayload: { status: { code: 403 }, methodName: 'x' },
      insertId: 'y',
    };
    const fields = yamlFields(
      'yaml(severity, protoPayload.status, protoPayload.authenticationInfo.principalEmail)',
    );
    expect(pick(entry, fields)).toEqual({ severity: 'ERROR', protoPayload: { status: { code: 403 } } });
  });

  it('are all that is known of formats', () => {
    expect(() => yamlFields('json')).toThrow('json');
  });
});
