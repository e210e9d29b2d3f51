/** The registry's calls and services' own: a stranger is refused, and with authorization taken out is not. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DATA_CALLS } from './testing-data-plane.js';
import { TestRoutes } from './testing-plane.js';

vi.setConfig({ hookTimeout: 120_000, testTimeout: 120_000 });

let plane: TestRoutes;
beforeAll(async () => {
  plane = await TestRoutes.open();
});
afterAll(() => plane.close());

/** Everybody may ask for it; what it shows is what the caller may read. */
const SHOWS = new Set(['Docker-Catalog']);

const answerOf = async (answer: Response) => ({ status: answer.status, text: await answer.text() });

/** The answer when everything is granted to everybody. */
async function unguarded(make: () => Promise<Response>) {
  vi.spyOn(plane.rooms.access, 'isGranted').mockResolvedValue(true);
  try {
    return await answerOf(await make());
  } finally {
    vi.restoreAllMocks();
  }
}

it.each(DATA_CALLS)(
  '$name is refused to a stranger for want of a permission alone',
  async ({ name, make }) => {
    const refused = await answerOf(await make(plane, 'stranger'));
    expect(refused.status).toBe(SHOWS.has(name) ? 200 : 403);
    const bypassed = await unguarded(() => make(plane, 'stranger'));
    expect([401, 403]).not.toContain(bypassed.status);
    expect(bypassed).not.toEqual(refused);
  },
);

it.each(DATA_CALLS)('$name is refused without a credential', async ({ make }) => {
  expect([401, 403]).toContain((await make(plane, 'nobody')).status);
});
