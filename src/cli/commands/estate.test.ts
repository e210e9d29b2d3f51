import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type TestPlane } from '../../testing/index.js';
import { runCli } from '../test-world.js';

let plane: TestPlane;
beforeAll(async () => {
  plane = await startPlane({ runtime: 'none' });
});
afterAll(() => plane.stop());

const cli = (line: string, options: Parameters<typeof runCli>[1] = {}) =>
  runCli([...line.split(' '), '--data', plane.dataDir], options);

const ESTATE = 'projects: [{ id: project-a, number: "12", name: Project A }]';

describe('the commands of the estate', () => {
  it('apply, export and reset', async () => {
    expect(await cli('apply -f -', { stdin: ESTATE })).toEqual({
      status: 0,
      out: 'created project project-a\n1 created, 0 updated, 0 removed, 0 unchanged.\n',
      err: '',
    });
    const more = 'projects: [{ id: project-a, labels: { a: b }, services: [iam.googleapis.com] }]';
    expect((await cli('apply -f -', { stdin: more })).out).toContain(
      'updated project project-a: labels, +iam.googleapis.com\n',
    );
    expect((await cli('export --format json')).out).toContain('"name": "Project A"');
    expect(await cli('reset')).toEqual({
      status: 0,
      out: 'The plane is empty; 1 project is gone.\n',
      err: '',
    });
    expect(await cli('export')).toEqual({ status: 0, out: '{}\n', err: '' });
  });

  it('says what is wrong with a file in the words of the plane alone', async () => {
    expect(await cli('apply -f -', { stdin: 'projects: [{}]' })).toEqual({
      status: 1,
      out: '',
      err: 'sekisho: <stdin>:1:12: projects[0]: The key "id" is missing.\n',
    });
  });

  it('reset asks for --yes at a terminal', async () => {
    await cli('apply -f -', { stdin: ESTATE });
    const asked = await cli('reset', { terminal: true });
    expect(asked).toMatchObject({ status: 64, out: '' });
    expect(asked.err).toContain(`this removes everything from the plane in ${plane.dataDir}`);
    expect((await cli('export')).out).toContain('project-a');
    expect((await cli('reset --yes', { terminal: true })).status).toBe(0);
    expect((await cli('export')).out).toBe('{}\n');
  });
});
