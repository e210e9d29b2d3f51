import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEstates } from './merge.js';
import { type EstateError, Problems } from './problems.js';
import { type EstateFile, readEstate } from './read.js';

/** Reads and joins files. @returns the estate, or the problems' lines */
async function read(...files: readonly (string | EstateFile)[]) {
  const problems = new Problems();
  const named = files.map((file, index) =>
    typeof file === 'string' ? { name: `${index + 1}.yaml`, text: file } : file,
  );
  try {
    const found = await Promise.all(named.map((file) => readEstate(file, problems)));
    problems.throwIfAny();
    const estate = mergeEstates(
      found.flatMap((file) => file ?? []),
      problems,
    );
    problems.throwIfAny();
    return estate;
  } catch (error) {
    return (error as EstateError).problems;
  }
}

describe('readEstate', () => {
  it.each([
    ['not YAML', 'projects: [', /^1\.yaml:1:12: .+\.$/],
    ['a key written twice', 'projects: []\nprojects: []\n', /^1\.yaml:2:1: Map keys must be unique/],
    ['nothing', '', '1.yaml: The file is empty.'],
    [
      'two documents',
      'projects: []\n---\nprojects: []\n',
      /^1\.yaml:2:1: Source contains multiple documents/,
    ],
    ['a list', '- 1\n', '1.yaml:1:1: This must be a mapping.'],
    ['an unknown key', 'project: []\n', '1.yaml:1:10: project: The key "project" is not known here.'],
    [
      'an unknown key of a binding',
      'projects:\n  - id: project-a\n    iam:\n      - role: roles/viewer\n        members: [a@example.com]\n        when: never\n',
      '1.yaml:6:15: projects[0].iam[0].when: The key "when" is not known here.',
    ],
    [
      'a key that is missing',
      'projects:\n  - name: x\n',
      '1.yaml:2:5: projects[0]: The key "id" is missing.',
    ],
    [
      'a number',
      'projects: [{ id: project-a, number: 12 }]',
      '1.yaml:1:37: projects[0].number: This must be a string. Put it in quotes.',
    ],
    [
      'another type',
      'projects: [{ id: project-a, services: run }]',
      '1.yaml:1:39: projects[0].services: This must be a list.',
    ],
    [
      'another format',
      'projects: [{ id: project-a, repositories: [{ id: r, location: us, format: NPM }] }]',
      '1.yaml:1:75: projects[0].repositories[0].format: This must be DOCKER.',
    ],
    [
      'no members',
      'projects: [{ id: project-a, iam: [{ role: roles/viewer, members: [] }] }]',
      '1.yaml:1:66: projects[0].iam[0].members: This must not be empty.',
    ],
    [
      'a group without an address',
      'groups: { "a b": [] }',
      '1.yaml:1:18: groups["a b"]: "a b" is no e-mail address.',
    ],
    [
      'a domain in a group',
      'groups: { a@example.com: ["domain:example.com"] }',
      /^1\.yaml:1:27: groups\["a@example\.com"\]\[0\]: "domain:example.com" cannot be in a group/,
    ],
    [
      'a member of no kind',
      'projects: [{ id: project-a, iam: [{ role: r, members: ["team:x"] }] }]',
      '1.yaml:1:56: projects[0].iam[0].members[0]: "team:x" is no member that IAM knows.',
    ],
  ])('refuses %s, and says where it is', async (_, text, problem) => {
    expect(await read(text)).toEqual([
      expect.stringMatching(problem instanceof RegExp ? problem : escaped(problem)),
    ]);
  });

  it('names all problems of a file', async () => {
    expect(await read('projects:\n  - number: 1\n    nonsense: []\n')).toHaveLength(3);
  });

  it('finds places behind aliases', async () => {
    const text =
      'projects:\n  - &a { id: project-a, iam: [{ role: r, members: [nobody] }] }\n  - { id: project-b, iam: [*a] }\n';
    expect(await read(text)).toContainEqual(expect.stringMatching(/^1\.yaml:3:\d+: projects\[1\]\.iam\[0\]/));
  });

  it('refuses aliases that grow without end', async () => {
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghijklmnop'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefghijklmnop'[index]}, `.repeat(9)}]`),
    ];
    expect(await read(bomb.join('\n'))).toEqual([expect.stringMatching(/alias/i)]);
  });

  it('takes JSON', async () => {
    expect(await read('{"groups": {"A@Example.com": ["bob@example.com"]}}')).toMatchObject({
      groups: [{ email: 'a@example.com', members: ['user:bob@example.com'] }],
    });
  });

  it('answers any text with an estate or with problems', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `{"projects": [${json}]}`),
        ),
        async (text) => {
          const result = await read(text);
          if (Array.isArray(result)) expect(result.length).toBeGreaterThan(0);
          else expect(result).toHaveProperty('projects');
        },
      ),
    );
  });
});

describe('several files', () => {
  it('are one estate', async () => {
    const estate = await read(
      'groups: { a@example.com: [bob@example.com] }\nprojects: [{ id: project-a, name: Project, services: [run.googleapis.com] }]',
      'groups: { a@example.com: [alice@example.com] }\nprojects: [{ id: project-a, name: Project, labels: { a: b }, services: [run.googleapis.com, iam.googleapis.com] }]',
    );
    expect(estate).toMatchObject({
      groups: [{ members: ['user:alice@example.com', 'user:bob@example.com'] }],
      projects: [
        {
          name: 'Project',
          labels: { a: 'b' },
          services: [{ value: 'run.googleapis.com' }, { value: 'iam.googleapis.com' }],
        },
      ],
    });
  });

  it('may not contradict each other', async () => {
    expect(
      await read(
        'projects: [{ id: project-a, name: One, labels: { a: b } }]\norganization: { id: "1" }',
        'projects: [{ id: project-a, name: Two, labels: { a: c } }]\norganization: { id: "2" }',
      ),
    ).toEqual([
      '2.yaml:2:15: organization: There is one organization; another one, 1, is at 1.yaml:2:15: organization.',
      '2.yaml:1:35: projects[0].name: This is "Two" here and "One" at 1.yaml:1:35: projects[0].name.',
      '2.yaml:1:53: projects[0].labels.a: This is "c" here and "b" in another file.',
    ]);
  });

  it('may not list a thing twice in one file', async () => {
    expect(
      await read(
        'projects:\n  - id: project-a\n    serviceAccounts: [{ id: runtime }, { id: runtime }]\n  - id: project-a\n',
      ),
    ).toEqual([
      '1.yaml:4:5: projects[1]: The project project-a is listed twice, first at 1.yaml:2:5: projects[0].',
      '1.yaml:3:40: projects[0].serviceAccounts[1]: The service account runtime is listed twice, first at 1.yaml:3:23: projects[0].serviceAccounts[0].',
    ]);
  });
});

const escaped = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
