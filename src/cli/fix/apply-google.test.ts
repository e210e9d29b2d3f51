import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpTransport } from '../../sources/index.js';
import { createContext } from '../context.js';
import { A, deploy, GooglePlane, NOW } from '../sources/testing-google.js';
import { changesOf } from './apply/apply.js';
import { googleApi } from './apply/senders.js';
import { fixesFor } from './found.js';
import { makeOnceConfirmed } from './make.js';

const OWNER = 'user:owner@example.com';
const EVE = 'user:eve@example.com';

let google: GooglePlane;

beforeAll(async () => {
  google = await GooglePlane.start();
});
afterAll(() => google?.stop());

/** The fixes of a deploy of Eve's, who has nothing yet. */
async function fixesOfEve() {
  const request = deploy(EVE, { secrets: [{ env: 'DB', name: 'db-password', version: 'latest' }] });
  const source = google.source(OWNER);
  return fixesFor({ deploys: [{ request }], faults: [], source, options: { time: NOW } }, true);
}

/** Makes them at a terminal at which somebody types. */
async function applied(as: string, typed: string) {
  let said = '';
  const write = (text: string) => {
    said += text;
  };
  const stdin = Object.assign(Readable.from([typed]), { isTTY: true });
  const context = createContext([], { env: {}, stdin, stdout: { write }, stderr: { write } });
  const { steps } = await fixesOfEve();
  const options = google.options(as);
  const transport = httpTransport({ ...options, timeoutMs: 30_000 });
  const api = googleApi({ credentials: options.credentials, transport });
  return { made: await makeOnceConfirmed(changesOf(steps), api, context, 0), said: () => said };
}

describe('fixes made on Google Cloud, played by a plane under its own host names', () => {
  it('changes nothing without the word, nor as somebody who may not look', async () => {
    const before = await fixesOfEve();
    expect(before.deploys[0]?.checked.report.verdict).toBe('denied');
    expect((await applied(OWNER, 'no\n')).made).toBeUndefined();
    await expect(applied(EVE, 'yes\n')).rejects.toThrow(/getIamPolicy/);
    expect((await fixesOfEve()).steps).toEqual(before.steps);
  });

  it('makes custom roles and grants beside the conditions that are there, and the deploy passes', async () => {
    const { made, said } = await applied(OWNER, 'yes\n');
    expect(made).toMatchObject({ unchanged: [], notTried: [] });
    expect(made).not.toHaveProperty('failed');
    expect(said()).toContain(`+ create-role projects/${A}/roles/sekisho_`);
    expect(said()).toMatch(/^\+projects\/myproject-a\/roles\/sekisho_\w+ user:eve@example\.com$/m);
    const { deploys, steps } = await fixesOfEve();
    expect(steps).toEqual([]);
    expect(deploys[0]?.checked.report.verdict).toBe('granted');
    const carol = await fixesFor(
      {
        deploys: [{ request: deploy('user:carol@example.com') }],
        faults: [],
        source: google.source(OWNER),
        options: { time: NOW },
      },
      true,
    );
    expect(carol.deploys[0]?.checked.report.verdict).toBe('granted');
  });
});
