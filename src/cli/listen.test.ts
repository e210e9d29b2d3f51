import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseListen, upstreamProxy } from './listen.js';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8750', { host: '127.0.0.1', port: 8750, loopback: true }],
    ['localhost:0', { host: 'localhost', port: 0, loopback: true }],
    ['[::1]:8750', { host: '::1', port: 8750, loopback: true }],
    ['0.0.0.0:8750', { host: '0.0.0.0', port: 8750, loopback: false }],
    ['127.0.0.1.example.com:80', { host: '127.0.0.1.example.com', port: 80, loopback: false }],
  ])('%s', (text, wanted) => {
    expect(parseListen(text)).toEqual(wanted);
  });

  it.each([
    '8750',
    ':8750',
    '::1:8750',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    'http://x:1',
    'a b:1',
    '',
  ])('%j is none', (text) => {
    expect(parseListen(text)).toBeUndefined();
  });

  it('is what it was written from, for every port', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), (port) => parseListen(`[::]:${port}`)?.port === port),
    );
  });
});

describe('the former proxy', () => {
  const listen = { host: '127.0.0.1', port: 8750, loopback: true };
  const proxy = (HTTPS_PROXY: string, on = listen) => upstreamProxy({ HTTPS_PROXY }, on);

  it('is taken from the environment, with or without a scheme', () => {
    expect(proxy('http://proxy.example.com:3128')).toEqual({
      kind: 'proxy',
      url: new URL('http://proxy.example.com:3128'),
    });
    expect(proxy('proxy.example.com:3128')).toEqual(proxy('http://proxy.example.com:3128'));
    expect(upstreamProxy({ https_proxy: 'http://b:1', HTTPS_PROXY: 'http://a:1' }, listen)).toEqual({
      kind: 'proxy',
      url: new URL('http://b:1'),
    });
  });

  it('is none where the environment has none', () => {
    expect(upstreamProxy({}, listen)).toBeUndefined();
    expect(proxy('')).toBeUndefined();
  });

  it('is never the plane itself', () => {
    expect(proxy('http://127.0.0.1:8750')).toBeUndefined();
    expect(proxy('http://localhost:8750/')).toBeUndefined();
    expect(proxy('http://127.0.0.1:8750', { host: '0.0.0.0', port: 8750, loopback: false })).toBeUndefined();
    expect(proxy('http://127.0.0.1:3128')).toBeDefined();
    expect(proxy('http://proxy.example.com:8750')).toBeDefined();
  });

  it.each(['socks5://127.0.0.1:1080', 'http://', '::::'])('cannot be %s', (text) => {
    expect(proxy(text)).toEqual({ kind: 'bad', name: 'HTTPS_PROXY', text });
  });
});
