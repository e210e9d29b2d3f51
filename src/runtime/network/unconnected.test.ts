import { describe, expect, it, vi } from 'vitest';
import type * as linux from '../linux/index.js';
import type { ContainerNetwork } from '../types.js';
import { openSandboxNetwork } from './index.js';
import { canTest, devices, inside, reached, reportWhatIsMissing } from './testing-inside.js';

/** As on a kernel without such devices: asked for a kind that it does not know, it gives the same answer. */
vi.mock('../linux/index.js', async (original) => {
  const real = await original<typeof linux>();
  const unknown = (request: linux.NetlinkRequest) => {
    const body = Buffer.from(request.body.toString('latin1').replace('veth', 'vetx'), 'latin1');
    return { ...request, body };
  };
  return {
    ...real,
    vethPair: (...ends: Parameters<typeof real.vethPair>) => unknown(real.vethPair(...ends)),
  };
});

reportWhatIsMissing();

const open = (network: ContainerNetwork | undefined) => {
  const warnings: string[] = [];
  return { warnings, sandboxes: openSandboxNetwork({ network, onWarning: (text) => warnings.push(text) }) };
};
const connected: ContainerNetwork = { googleHosts: [], accept: () => undefined };

describe.runIf(canTest)('on a machine without virtual Ethernet devices', () => {
  it('sandboxes have loopback alone, of which there is one warning', async () => {
    const { warnings, sandboxes } = open(connected);
    const namespaces = [await sandboxes.create('one'), await sandboxes.create('two')];
    for (const namespace of namespaces) {
      expect(await devices(namespace.path)).toEqual(['lo']);
      expect(namespace.hosts).toEqual([]);
      expect(namespace.resolvConf).toMatch(
        /^# There is no name server, and no metadata server: .*\(veth\)\): (ENOTSUP|EOPNOTSUPP)\nnameserver 127/,
      );
      expect(await reached(namespace, '127.0.0.1', 80)).toBe('ECONNREFUSED');
    }
    expect(warnings).toEqual([
      expect.stringMatching(/^containers will find neither the metadata server nor .*\(veth\)\): \w+$/),
    ]);
    await sandboxes.close();
  });
});

describe.runIf(canTest)('a network that nothing serves', () => {
  it('is loopback, where any user may listen on any port', async () => {
    const { warnings, sandboxes } = open(undefined);
    const namespace = await sandboxes.create('one');
    expect(await devices(namespace.path)).toEqual(['lo']);
    const ports = await inside(namespace, 'cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start');
    expect(ports.output).toBe('0\n');
    await sandboxes.close();
    expect(warnings).toEqual([]);
  });
});
