import { expect, it } from 'vitest';
import { openLog } from '../../audit/index.js';
import { openRooms } from '../test-support.js';
import { loggingApi } from './api.js';

it('implements every method, and has an access rule for each', async () => {
  const { store, access } = await openRooms();
  const api = loggingApi({ log: openLog(store), access });
  for (const method of api.methods) {
    expect([method.name, method.implemented !== false]).toEqual([
      method.name,
      api.access[method.name] !== undefined,
    ]);
    expect(method.descriptor?.name).toBe(method.name.slice(method.name.lastIndexOf('.') + 1));
  }
  await store.close();
});
