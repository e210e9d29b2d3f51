import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite, type Store } from '../store/index.js';
import type { ResourceKey } from './model.js';
import { Watched } from './watched.js';

const PREFIX = 'run/things/';
const A = { project: 'p', location: 'l', name: 'a' };

describe('watched resources', () => {
  let store: Store;
  let looks: string[];
  let errors: unknown[];
  let look: (key: ResourceKey) => Promise<void>;
  let watched: Watched;

  beforeEach(() => {
    store = openSqlite(':memory:');
    looks = [];
    errors = [];
    look = async ({ name }) => {
      looks.push(name);
    };
    watched = new Watched({
      store,
      prefix: PREFIX,
      look: (key) => look(key),
      onError: (error) => errors.push(error),
    });
  });
  afterEach(async () => {
    watched.stop();
    await watched.idle();
    await store.close();
  });

  const put = (name: string) => store.commit([{ op: 'put', key: `${PREFIX}p/l/${name}`, value: {} }]);

  it('are looked at at the start, when they change and when they go', async () => {
    await put('a');
    await watched.start();
    await watched.idle();
    await put('b');
    await watched.idle();
    await store.commit([{ op: 'delete', key: `${PREFIX}p/l/b` }]);
    await watched.idle();
    expect(looks).toEqual(['a', 'b', 'b']);
  });

  it('are looked at once more, and never twice at a time, when woken meanwhile', async () => {
    let atATime = 0;
    let most = 0;
    look = async ({ name }) => {
      atATime += 1;
      most = Math.max(most, atATime);
      looks.push(name);
      if (looks.length === 1) for (let n = 0; n < 3; n++) watched.wake(A);
      await Promise.resolve();
      atATime -= 1;
    };
    watched.wake(A);
    await watched.idle();
    expect({ looks, most }).toEqual({ looks: ['a', 'a'], most: 1 });
  });

  it('are looked at again after a while when a look failed', async () => {
    const broken = new Error('broken');
    look = async ({ name }) => {
      looks.push(name);
      if (looks.length === 1) throw broken;
    };
    watched.wake(A);
    await vi.waitFor(() => expect(looks).toEqual(['a', 'a']), { timeout: 5000 });
    expect(errors).toEqual([broken]);
  });

  it('are looked at no more once stopped', async () => {
    await watched.start();
    watched.stop();
    await put('a');
    watched.wake(A);
    watched.wakeLater(A);
    await watched.idle();
    expect(looks).toEqual([]);
  });
});
