import { describe, expect, it } from 'vitest';
import { nodeVersion } from './index.js';

describe('the version of Node.js', () => {
  it.each([
    ['18.20.0', 'missing'],
    ['20.18.9', 'missing'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
  ])('takes Node.js %s for %s', (version, state) => {
    expect(nodeVersion(version).state).toBe(state);
  });
});
