import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPlane, type TestPlane } from './index.js';

// The first plane of a process loads every room, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let plane: TestPlane | undefined;
const path = process.env.PATH;
afterEach(async () => {
  process.env.PATH = path;
  await plane?.stop();
});

describe('a plane for tests', () => {
  it('serves at once, speaks for members, and leaves nothing behind', async () => {
    // Without gcloud, whose sign-in takes its time.
    process.env.PATH = '/nonexistent';
    plane = await startPlane({ runtime: 'none' });
    const { url, dataDir } = plane;
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok');
    const env = await plane.env('alice@example.com', { project: 'my-project' });
    expect(env).toMatchObject({
      HTTPS_PROXY: url,
      SEKISHO_AS: 'user:alice@example.com',
      GOOGLE_CLOUD_PROJECT: 'my-project',
    });
    const answer = await fetch(`${url}/cloudresourcemanager.googleapis.com/v1/projects`, {
      headers: { authorization: `Bearer ${await plane.token('alice@example.com')}` },
    });
    expect(answer.status).toBe(200);
    await Promise.all([plane.stop(), plane.stop()]);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('refuses who cannot be', async () => {
    plane = await startPlane({ runtime: 'none' });
    await expect(plane.env('not a member')).rejects.toThrow(
      "'not a member' is neither a user nor a service account",
    );
  });
});
