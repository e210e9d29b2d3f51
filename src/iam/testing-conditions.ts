/** For tests: conditions, each with what it comes to in a world. */
import { ALICE, PIPELINE, ROBOT } from './testing-people.js';
import { type Answer, PROJECT, type World } from './testing-world.js';

type Test = (world: World) => Answer;
const when = (test: boolean): Answer => (test ? 'yes' : 'no');
const not = (answer: Answer): Answer => (answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'maybe');

/** Does the resource have the tag, its own or an inherited one? */
const tagged =
  (key: string, value?: string): Test =>
  ({ tags }) =>
    tags === 'unknown'
      ? 'maybe'
      : when(tags.some((tag) => tag.key === key && (value === undefined || tag.value === value)));
const isProduction = tagged('1/env', 'prod');

/** Only an invocation has a path. */
const pathIs =
  (path: string): Test =>
  ({ permission, context }) => {
    if (permission !== 'run.routes.invoke') return 'no';
    return context === 'unknown' ? 'maybe' : when(context.path === path);
  };

const GRANTS = 'iam.googleapis.com/modifiedGrantsByRole';
/** Only a change of a policy gives or takes roles; any other call gives and takes none. */
const givesOnly =
  (role: string): Test =>
  ({ permission, context }) => {
    if (!permission.endsWith('.setIamPolicy')) return 'yes';
    const roles = context === 'unknown' ? undefined : context.apiAttributes?.[GRANTS];
    return roles === undefined ? 'maybe' : when(roles.every((each) => each === role));
  };

/** Conditions of bindings. What cannot be evaluated never grants. `hour` counts from midnight, UTC. */
export const CONDITIONS: Readonly<Record<string, Test>> = {
  true: () => 'yes',
  false: () => 'no',
  'request.time < timestamp("2026-06-01T03:00:00Z")': ({ hour }) => when(hour < 3),
  'request.time >= timestamp("2026-06-01T03:00:00Z") && request.time != timestamp("2026-06-01T05:00:00Z")': ({
    hour,
  }) => when(hour >= 3 && hour !== 5),
  'request.time.getHours("+02:00") == 4': ({ hour }) => when(hour % 24 === 2),
  'resource.type == "cloudresourcemanager.googleapis.com/Project"': ({ resource }) =>
    when(resource === PROJECT),
  'resource.name.startsWith("x") || request.time > timestamp("2026-06-01T04:00:00Z")': ({ hour }) =>
    when(hour > 4),
  '!(resource.name == "x")': () => 'no',
  'request.time > timestamp("never")': () => 'no',
  "resource.matchTag('1/env', 'prod')": isProduction,
  "resource.matchTagId('tagKeys/1', 'tagValues/2')": tagged('1/env', 'test'),
  "resource.hasTagKey('1/env')": tagged('1/env'),
  "!resource.hasTagKeyId('tagKeys/1')": (world) => not(tagged('1/env')(world)),
  "resource.matchTag('1/env', 'prod') && request.time < timestamp('2026-06-01T02:00:00Z')": (world) =>
    world.hour < 2 ? isProduction(world) : 'no',
  "resource.matchTag('1/env', 'prod') || resource.type == 'cloudresourcemanager.googleapis.com/Project'": (
    world,
  ) => (world.resource === PROJECT ? 'yes' : isProduction(world)),
  'request.path == "/x"': pathIs('/x'),
  'request.path == "/x" || request.time < timestamp("2026-06-01T03:00:00Z")': (world) =>
    world.hour < 3 ? 'yes' : pathIs('/x')(world),
  [`api.getAttribute("${GRANTS}", []).hasOnly(["roles/reader"])`]: givesOnly('roles/reader'),
};

/** Conditions of deny rules: what cannot be evaluated denies. */
export const DENIALS: Readonly<Record<string, (world: World) => boolean>> = {
  true: () => true,
  false: () => false,
  'request.time < timestamp("2026-06-01T03:00:00Z")': ({ hour }) => hour < 3,
  'request.time > timestamp("never")': () => true,
  "resource.matchTag('1/env', 'prod')": (world) => isProduction(world) !== 'no',
  "!resource.matchTag('1/env', 'test')": (world) => tagged('1/env', 'test')(world) !== 'yes',
  "resource.hasTagKey('1/env') && request.time < timestamp('2026-06-01T02:00:00Z')": (world) =>
    world.hour < 2 && tagged('1/env')(world) !== 'no',
};

/** Conditions of policy bindings: whom the boundary covers. What cannot be evaluated covers everybody. */
export const SUBJECTS: Readonly<Record<string, (world: World) => boolean>> = {
  "principal.type == 'iam.googleapis.com/ServiceAccount'": ({ principal }) =>
    principal.kind === 'serviceAccount',
  "principal.type != 'iam.googleapis.com/WorkloadPoolIdentity'": ({ principal }) => principal !== PIPELINE,
  "principal.subject == 'a@x.com'": ({ principal }) => principal === ALICE,
  "!principal.subject.startsWith('r')": ({ principal }) => principal !== ROBOT && principal !== PIPELINE,
  'principal.subject ==': () => true,
};
