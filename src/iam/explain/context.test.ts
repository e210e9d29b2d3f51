import { expect, it } from 'vitest';
import { projectName, runResourceName } from '../../names/index.js';
import { compilePolicy } from '../compile.js';
import { decide } from '../decide.js';
import { groupDirectory } from '../groups.js';
import { roles } from '../testing-worlds.js';
import type { Question } from '../types.js';
import { type GivenContext, inContext } from './context.js';
import { explain } from './explain.js';

const EVENING = new Date('2026-06-01T20:00:00Z');

/** May alice read the service, by a binding with this condition? */
function question(expression: string): Question {
  const binding = {
    role: 'roles/reader',
    members: ['user:alice@x.com'],
    condition: { title: 'when', expression },
  };
  return {
    principal: { kind: 'user', email: 'alice@x.com' },
    permission: 'run.services.get',
    resource: runResourceName('service', 'p', 'us-central1', 's'),
    levels: [
      {
        resource: projectName('p'),
        policy: compilePolicy({ version: 3, etag: 'ACAB', bindings: [binding] }, roles),
      },
    ],
    groups: groupDirectory({}),
    time: EVENING,
  };
}

const attributes = (type: string) => ({
  'resource.service': 'run.googleapis.com',
  'resource.type': type,
  'resource.name': 'projects/p/locations/us-central1/services/s',
});
const NIGHT = 'request.time.getHours() >= 22';
const TYPE = 'resource.type == "run.googleapis.com/Service"';

it.each<[string, GivenContext, string, readonly string[]]>([
  [NIGHT, {}, 'unknown-conditional', ['unknown']],
  [NIGHT, { time: EVENING }, 'cannot-access', ['false']],
  [NIGHT, { time: new Date('2026-06-01T23:00:00Z') }, 'can-access', ['true']],
  [TYPE, { time: EVENING }, 'unknown-conditional', ['unknown']],
  [TYPE, { attributes: attributes('run.googleapis.com/Service') }, 'can-access', ['true']],
  [TYPE, { attributes: attributes('') }, 'cannot-access', ['false']],
  // What is not known does not matter to these.
  [`${NIGHT} && false`, {}, 'cannot-access', ['unknown', 'false']],
  [`${NIGHT} || true`, {}, 'can-access', ['unknown', 'true']],
  [`!(${TYPE})`, { attributes: attributes('run.googleapis.com/Job') }, 'can-access', ['false']],
  [`${NIGHT} || ${TYPE}`, { attributes: attributes('x') }, 'unknown-conditional', ['unknown', 'false']],
])('%s in the context %j comes to %s', (expression, given, state, statements) => {
  const asked = inContext(question(expression), given);
  const { state: found, allow } = explain(asked);
  expect(found).toBe(state);
  expect(decide(asked).verdict === 'granted').toBe(state === 'can-access');
  const [policy] = allow.policies;
  const condition = policy?.kind === 'readable' ? policy.bindings[0]?.condition : undefined;
  expect(condition?.statements.map(({ result }) => result.value)).toEqual(statements);
});

it('decides otherwise by the facts, which a context does not change', () => {
  const asked = question(NIGHT);
  inContext(asked, { time: new Date('2026-06-01T23:00:00Z') });
  expect(decide(asked).verdict).toBe('denied');
});
