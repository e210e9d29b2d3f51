import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { GoogleReader } from './reader.js';
import { ALICE } from './testing-answers.js';
import { type FaultyGoogle, startFaultyGoogle } from './testing-faults.js';

let google: FaultyGoogle | undefined;
afterEach(async () => {
  await google?.close();
  google = undefined;
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What a project comes to when Google answers so; in turn, the last one for ever. */
async function project(...answers: readonly Answer[]) {
  let turn = 0;
  google = await startFaultyGoogle((request, response) =>
    answers[Math.min(turn++, answers.length - 1)]?.(request, response),
  );
  const reader = new GoogleReader({
    env: { HTTPS_PROXY: google.url },
    ca: google.ca,
    credentials: ALICE,
    // Long where it must not pass, short where it must: that is the test of it.
    timeoutMs: answers.at(-1) === never ? 200 : answers.includes(never) ? 2000 : 60_000,
    patience: { attempts: 2, totalMs: 60_000 },
    timing: { now: () => 0, wait: async () => undefined, random: () => 0 },
  });
  return reader.get('project', { project: 'my-project' });
}

const good: Answer = (_, response) => response.end('{"projectId":"my-project"}');
const never: Answer = () => undefined;
const cut: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"projectId":', () => response.destroy());
};
const reset: Answer = (request) => request.socket.destroy();
const busy: Answer = (_, response) => {
  response.writeHead(429, { 'retry-after': '1' });
  response.end('{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED"}}');
};
const PROJECT = { projectId: 'my-project' };

describe('over real connections', () => {
  it('asks Google’s own host for what it wants, through the proxy', async () => {
    expect(await project(good)).toEqual(PROJECT);
    expect(google?.asked).toEqual(['cloudresourcemanager.googleapis.com/v3/projects/my-project']);
  });

  it.each([
    ['is cut short', cut],
    ['is broken off before it begins', reset],
    ['is a quota', busy],
    ['does not come', never],
  ])('asks again when the answer %s', async (_, bad) => {
    expect(await project(bad, good)).toEqual(PROJECT);
  });

  it.each([
    ['is cut short', cut, /could not be reached: .+ \(2 times\)$/],
    ['is broken off before it begins', reset, /could not be reached: .+ \(2 times\)$/],
    ['is a quota', busy, /answered 429: Quota exceeded\. \(2 times\)$/],
    ['does not come', never, /did not answer within 0\.2 s \(2 times\)$/],
  ])('does not know, and says why, when the answer %s each time', async (_, bad, why) => {
    expect(await project(bad)).toEqual({ unknown: true, why: expect.stringMatching(why) });
  });

  it('follows nobody to another place', async () => {
    const away: Answer = (_, response) => {
      response.writeHead(307, { location: 'https://evil.googleapis.com/' });
      response.end();
    };
    expect(await project(away)).toMatchObject({ unknown: true });
    expect(google?.asked).toHaveLength(1);
  });

  it('speaks to nobody whose certificate it does not trust', async () => {
    google = await startFaultyGoogle(good);
    const reader = new GoogleReader({
      env: { HTTPS_PROXY: google.url },
      credentials: ALICE,
      patience: { attempts: 1, totalMs: 60_000 },
    });
    expect(await reader.get('project', { project: 'my-project' })).toEqual({
      unknown: true,
      why: expect.stringMatching(/could not be reached: .*(?:certificate|CERT)/),
    });
    expect(google.asked).toEqual([]);
  });
});
