import { describe, expect, it } from 'vitest';
import { parseCpu, parseMemory } from './quantity.js';
import { projectHash, servesHost, serviceUrls } from './urls.js';

const service = { name: 'my-app', projectNumber: '891566352225', location: 'asia-northeast1' };

describe('service URLs', () => {
  it('come in the deterministic and the hashed form', () => {
    const urls = serviceUrls(service);
    expect(urls.deterministic).toBe('https://my-app-891566352225.asia-northeast1.run.app');
    expect(urls.hashed).toMatch(/^https:\/\/my-app-[a-z2-7]{10}-an\.a\.run\.app$/);
  });

  it('lead back to the service, with and without a tag', () => {
    const number = { number: '891566352225' };
    const hash = { hash: projectHash('891566352225') };
    for (const tag of [undefined, 'blue']) {
      const urls = serviceUrls(service, tag);
      const expected = { name: 'my-app', location: 'asia-northeast1', ...(tag === undefined ? {} : { tag }) };
      expect(servesHost(new URL(urls.deterministic).host)).toEqual({ ...expected, project: number });
      expect(servesHost(new URL(urls.hashed).host)).toEqual({ ...expected, project: hash });
    }
  });

  it.each(['run.app', 'x.run.app', 'my-app-abc-zz.a.run.app', 'example.com'])(
    'find no service in %s',
    (host) => {
      expect(servesHost(host)).toBeUndefined();
    },
  );
});

describe('quantities', () => {
  it('are read as Kubernetes writes them', () => {
    expect(parseCpu('1000m')).toBe(1);
    expect(parseCpu('0.5')).toBe(0.5);
    expect(parseCpu('0')).toBeUndefined();
    expect(parseMemory('512Mi')).toBe(512 * 2 ** 20);
    expect(parseMemory('1G')).toBe(1e9);
    expect(parseMemory('12Q')).toBeUndefined();
  });
});
