import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditReport } from '../../checkpoint/index.js';
import { createContext } from '../context.js';
import { A, B, GooglePlane, IMAGE, REGION, RUNTIME } from '../sources/testing-google.js';
import { runCli } from '../test-world.js';
import { type AuditGiven, auditCommand } from './index.js';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
  const { status } = await fetch(
    `${google.plane.url}/run.googleapis.com/v2/projects/${A}/locations/${REGION}/services?serviceId=web`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await google.token('user:owner@example.com')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        template: { serviceAccount: RUNTIME, containers: [{ image: `${IMAGE}:latest` }] },
      }),
    },
  );
  expect(status).toBe(200);
}, 60_000);
afterAll(() => google?.stop());

async function audited(as: string, more: Partial<AuditGiven> = {}) {
  let out = '';
  const silent = { write: () => undefined };
  const stdout = {
    write(text: string) {
      out += text;
    },
  };
  const context = createContext([], { env: {}, stdin: Readable.from([]), stdout, stderr: silent });
  const given: AuditGiven = {
    ...{ source: 'gcp', project: [A, B], deployer: [], limit: '50', format: 'json', top: '20' },
    ...more,
  };
  await auditCommand(given, context, google.reader(as));
  return { status: context.status, report: JSON.parse(out) as AuditReport };
}

describe('an audit of live Google Cloud, played by a plane under its own host names', () => {
  it('says what stops everybody who deploys, by groups within groups and in other projects', async () => {
    const { status, report } = await audited('user:owner@example.com');
    // Bob is in a group within the group that deploys; nobody granted the service agent anything in the other project.
    expect(report.rows.map(({ deployer, first }) => [deployer, first?.id])).toEqual([
      ['user:alice@example.com', 'agent-pulls-image'],
      ['user:bob@example.com', 'agent-pulls-image'],
      ['user:carol@example.com', 'agent-pulls-image'],
      ['user:dave@example.com', 'deployer-reads-image'],
      ['user:owner@example.com', 'agent-pulls-image'],
    ]);
    expect([status, report.totals.rows.unknown]).toEqual([1, 0]);
    expect(report.notes).toEqual([{ kind: 'assumed', what: 'images' }]);
  });

  it('ends with 2 for who may not list what is there', async () => {
    const { status, report } = await audited('user:eve@example.com');
    expect([status, report.verdict, report.rows]).toEqual([2, 'unknown', []]);
    expect(JSON.stringify(report.notes)).toContain(`not audited: project ${A}: `);
  });
});

it.each([
  [['--source', 'gcp'], '--project ID'],
  [['--source', 'gcp', '--project', 'a-project', '--organization', '1'], '--project ID'],
  [['--source', 'gcp', '--organization', 'example.com'], "--organization 'example.com'"],
  [['--source', 'assets=x', '--project', 'a-project'], '--source gcp'],
])('refuses %j with 64', async (args, said) => {
  const { status, err } = await runCli(['audit', ...args]);
  expect([status, err]).toEqual([64, expect.stringContaining(said)]);
});
