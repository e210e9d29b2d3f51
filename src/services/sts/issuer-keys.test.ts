import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fetchPublic, isPublic, issuerKeys, NoIssuerKeys } from './issuer-keys.js';

describe('issuers', () => {
  it.each(['8.8.8.8', '140.82.112.4', '2606:50c0:8000::154'])('are asked in the internet: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '2002:7f00:1::',
    'localhost',
  ])('are never asked on this machine or in its networks: %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it('are not asked at private addresses, however these are written, nor without TLS', async () => {
    for (const url of [
      'https://127.0.0.1/x',
      'https://localhost/x',
      'https://[::1]/x',
      'https://2130706433/x',
      'https://0x7f.1/x',
      'http://example.com/x',
    ]) {
      await expect(fetchPublic(new URL(url), undefined)).rejects.toBeInstanceOf(NoIssuerKeys);
    }
  });

  it('are not asked with --no-egress', async () => {
    const keys = issuerKeys({ clock: () => new Date(), refuse: true });
    await expect(keys('https://example.com')).rejects.toThrow('--no-egress');
  });

  it('that answer anything else than keys give none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (document) => {
        const keys = issuerKeys({ clock: () => new Date(), refuse: false }, async (url) =>
          url.pathname === '/jwks' ? (document as never) : { jwks_uri: 'https://example.com/jwks' },
        );
        const got = await keys('https://example.com').catch((error: unknown) => error);
        if (!(got instanceof NoIssuerKeys)) expect(Array.isArray((got as { keys: unknown }).keys)).toBe(true);
      }),
    );
  });
});
