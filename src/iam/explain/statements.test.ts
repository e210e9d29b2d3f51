import { expect, it } from 'vitest';
import { leavesOf, statementsOf } from './statements.js';

const parts = (text: string) => leavesOf(statementsOf(text)).map(({ start, end }) => text.slice(start, end));

it('says where the statements stand, as Policy Troubleshooter does', () => {
  // The expressions and positions of https://cloud.google.com/policy-intelligence/docs/troubleshoot-access.
  const spaced =
    ' resource.type == "compute.googleapis.com/Instance" && resource.service == "compute.googleapis.com"';
  expect(leavesOf(statementsOf(spaced))).toEqual([
    { kind: 'leaf', start: 1, end: 51 },
    { kind: 'leaf', start: 55, end: 99 },
  ]);
  const nested =
    "principal.type == 'iam.googleapis.com/ServiceAccount' && (principal.subject=='a@b.c' || principal.subject=='d@e.f')";
  expect(leavesOf(statementsOf(nested))).toEqual([
    { kind: 'leaf', start: 0, end: 53 },
    { kind: 'leaf', start: 58, end: 84 },
    { kind: 'leaf', start: 88, end: 114 },
  ]);
});

it.each([
  ['a && b || c', ['a', 'b', 'c']],
  ['!(a || b) && c', ['a', 'b', 'c']],
  ['((a))', ['a']],
  // The sign belongs to the attribute alone here.
  ['!a == b', ['!a == b']],
  ['(a) == (b)', ['(a) == (b)']],
  ['!(a) == b', ['!(a) == b']],
  // A choice is one statement, and so is what is in brackets of another kind.
  ['a || b ? c : d', ['a || b ? c : d']],
  ['x in [\'a || b\', "&&"]', ['x in [\'a || b\', "&&"]']],
  ["a == 'it\\'s || b' && c", ["a == 'it\\'s || b'", 'c']],
  ["a == r'\\' && c", ["a == r'\\'", 'c']],
  ['a == """x" && "y""" && b', ['a == """x" && "y"""', 'b']],
  // What cannot be told apart stays whole.
  ['a && b // c || d', ['a && b // c || d']],
  ['a && (b', ['a && (b']],
  ['', ['']],
])('takes %j apart', (text, expected) => {
  expect(parts(text)).toEqual(expected);
});
