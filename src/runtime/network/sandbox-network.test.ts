import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  configure,
  dial,
  inet4Bytes,
  insideNetworkNamespace,
  type NetlinkRequest,
  openNetlink,
  route,
} from '../linux/index.js';
import { GOOGLE_ADDRESS, METADATA_ADDRESS } from './addresses.js';
import { openSandboxNetwork } from './index.js';
import { question, readAnswer } from './testing-dns.js';
import {
  canTest,
  devices,
  fetched,
  inside,
  NSENTER,
  reached,
  reportWhatIsMissing,
} from './testing-inside.js';
import type { SandboxNamespace, SandboxNetwork } from './types.js';

reportWhatIsMissing();

const METADATA_URL = `http://${METADATA_ADDRESS}/`;
/** The number of every sandbox's own device. */
const DEVICE = 1_000;
/** rtnetlink(7) */
const RTA_GATEWAY = 5;
const RT_SCOPE_UNIVERSE = 0;

const warnings: string[] = [];
const connections: { sandbox: string; peer: string; socket: Duplex }[] = [];
const http = createServer((request, response) => {
  const from = connections.find(({ socket }) => socket === request.socket);
  response.end(`${from?.sandbox} asks ${from?.peer} for ${request.headers.host}`);
});

function openNetwork(): SandboxNetwork {
  return openSandboxNetwork({
    network: {
      googleHosts: ['*.googleapis.com'],
      accept: (sandbox, peer, socket) => {
        connections.push({ sandbox, peer, socket });
        http.emit('connection', socket);
      },
    },
    onWarning: (message) => warnings.push(message),
  });
}

/** A route that no container may add: the gateway is asked to pass on what goes to an address. */
function throughGateway(address: string): NetlinkRequest {
  const direct = route(DEVICE, address);
  const body = Buffer.from(direct.body);
  body.writeUInt8(RT_SCOPE_UNIVERSE, 6);
  const gateway = Buffer.of(8, 0, RTA_GATEWAY, 0, ...inet4Bytes(METADATA_ADDRESS));
  return { ...direct, body: Buffer.concat([body, gateway]) };
}

describe.runIf(canTest)('sandboxes', { timeout: 30_000 }, () => {
  let network: SandboxNetwork;
  let one: SandboxNamespace;
  let two: SandboxNamespace;
  const servers: ChildProcess[] = [];

  beforeEach(async () => {
    network = openNetwork();
    one = await network.create('one');
    two = await network.create('two');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.kill('SIGKILL');
    await network.close();
    connections.length = 0;
    expect(warnings.splice(0)).toEqual([]);
  });

  /** A web server that listens on every address there. */
  const serve = async (namespace: SandboxNamespace, port: number): Promise<void> => {
    const httpd = ['busybox', 'httpd', '-f', '-p', `0.0.0.0:${port}`, '-h', import.meta.dirname];
    const user = ['setpriv', '--reuid=1234', '--regid=1234', '--clear-groups'];
    servers.push(spawn(NSENTER, [`--net=${namespace.path}`, ...user, ...httpd], { stdio: 'ignore' }));
    await vi.waitFor(async () => (await dial(namespace.fd, port)).destroy(), { timeout: 5_000 });
  };

  it('reach the metadata server, which knows who they are', async () => {
    const answers = await Promise.all([one, two].map((each) => fetched(each, METADATA_URL)));
    expect(answers).toEqual([
      `one asks metadata for ${METADATA_ADDRESS}`,
      `two asks metadata for ${METADATA_ADDRESS}`,
    ]);
  });

  it('reach the plane where the APIs have their address', async () => {
    const answer = await fetched(two, `http://${GOOGLE_ADDRESS}:443/`);
    expect(answer).toBe(`two asks google for ${GOOGLE_ADDRESS}:443`);
  });

  it('may listen on all addresses and any port, as whatever user, and reach the metadata server all the same', async () => {
    for (const port of [53, 80, 443]) await serve(one, port);
    expect(await fetched(one, METADATA_URL)).toBe(`one asks metadata for ${METADATA_ADDRESS}`);
    expect(await fetched(one, 'http://127.0.0.1/index.ts')).toContain('The network of sandboxes');
    expect(await fetched(one, 'http://[::1]/')).toContain('refused');
  });

  it('reach nothing else', async () => {
    await serve(two, 8080);
    const host = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal);
    const unreachable = ['10.0.0.2', '8.8.8.8', '2001:4860:4860::8888', host?.address ?? '192.0.2.1'];
    for (const address of unreachable) expect(await reached(one, address, 8080)).toBe('ENETUNREACH');
    for (const address of [METADATA_ADDRESS, GOOGLE_ADDRESS, '127.0.0.1']) {
      expect(await reached(one, address, 8080)).toBe('ECONNREFUSED');
    }
  });

  it('reach nothing else by way of the gateway', async () => {
    await serve(two, 8080);
    const netlink = insideNetworkNamespace(one.fd() ?? -1, openNetlink);
    configure(netlink, [throughGateway('10.0.0.2'), throughGateway('8.8.8.8')]);
    closeSync(netlink);
    const answers = await Promise.all(['10.0.0.2', '8.8.8.8'].map((each) => reached(one, each, 8080)));
    expect(answers).toEqual(['no answer', 'no answer']);
    expect(await reached(two, '10.0.0.2', 8080)).toBe('reached');
  });

  it('have names for what they reach', async () => {
    const script = `
      const resolver = new (require('node:dns').promises.Resolver)();
      resolver.setServers(['${METADATA_ADDRESS}']);
      const code = (error) => error.code;
      Promise.all([
        resolver.resolve4('metadata.google.internal'),
        resolver.resolve4('run.googleapis.com'),
        resolver.resolve6('run.googleapis.com').catch(code),
        resolver.resolve4('example.com').catch(code),
      ]).then((answers) => console.log(JSON.stringify(answers)));
    `;
    const { output } = await inside(one, process.execPath, '-e', script);
    expect(JSON.parse(output)).toEqual([[METADATA_ADDRESS], [GOOGLE_ADDRESS], 'ENODATA', 'ENOTFOUND']);
    expect(one.resolvConf).toBe(`nameserver ${METADATA_ADDRESS}\n`);
    expect(one.hosts).toEqual([`${METADATA_ADDRESS} metadata.google.internal metadata`]);
  });

  it('may ask for names over TCP, several on one connection', async () => {
    const message = question('metadata');
    const framed = Buffer.concat([Buffer.of(0, message.length), message]);
    const script = `
      const socket = require('node:net').connect(53, '${METADATA_ADDRESS}');
      const message = Buffer.from('${framed.toString('hex')}', 'hex');
      for (const byte of message) socket.write(Buffer.of(byte));
      socket.end(message);
      require('node:stream/consumers').buffer(socket).then((answers) => console.log(answers.toString('hex')));
    `;
    const { output } = await inside(one, process.execPath, '-e', script);
    const answers = Buffer.from(output, 'hex');
    const bytes = message.length + 16; // the address behind the question
    expect(answers).toHaveLength(2 * (2 + bytes));
    for (const start of [0, 2 + bytes]) {
      expect(answers.readUInt16BE(start)).toBe(bytes);
      const answer = answers.subarray(start + 2, start + 2 + bytes);
      expect(readAnswer(answer, message.length)).toMatchObject({ code: 0, addresses: [METADATA_ADDRESS] });
    }
  });

  it('have a limit of connections, so that they cannot use up what the plane may open', async () => {
    const script = `
      let lost = 0;
      const lose = () => { if (++lost === 5) process.exit(); };
      for (let each = 0; each < 1005; each++) {
        require('node:net').connect(80, '${METADATA_ADDRESS}').on('error', () => {}).on('close', lose);
      }
    `;
    expect((await inside(one, process.execPath, '-e', script)).code).toBe(0);
    expect(warnings.splice(0)).toEqual(['one has 1000 connections open: further ones are refused']);
    await vi.waitFor(async () => expect(await fetched(one, METADATA_URL)).toContain('one asks metadata'));
  });

  it('lose their connections when they are closed', async () => {
    const reading = reached(one, METADATA_ADDRESS, 80);
    await vi.waitFor(() => expect(connections).toHaveLength(1));
    one.close();
    one.close();
    expect(connections[0]?.socket.destroyed).toBe(true);
    expect(one.fd()).toBeUndefined();
    await reading;
    expect(await fetched(two, METADATA_URL)).toContain('two');
  });

  it('have no device in the namespace of the machine', () => {
    expect(Object.keys(networkInterfaces())).not.toContain('s1');
    expect(readFileSync('/proc/net/dev', 'utf8')).not.toMatch(/^ *s\d+:/m);
  });
});

describe.runIf(canTest)('two hundred sandboxes', { timeout: 60_000 }, () => {
  const namespaces = () =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const path = `/proc/self/fd/${fd}`;
        return readlinkSync(path).startsWith('net:') ? [`/proc/${process.pid}/fd/${fd}`] : [];
      } catch {
        return []; // the directory's own
      }
    });

  it('one after the other leave nothing', async () => {
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = { descriptors: descriptors(), namespaces: namespaces() };
    const network = openNetwork();
    const first = await network.create('first');
    const gateway = namespaces().find((path) => !before.namespaces.includes(path) && path !== first.path);
    for (let number = 0; number < 200; number++) (await network.create(`s${number}`)).close();
    first.close();
    // Those in reserve stay; of the others the kernel has removed the cable, and so the namespace.
    await vi.waitFor(
      async () => expect((await devices(gateway ?? '')).length).toBeLessThanOrEqual(3),
      20_000,
    );
    await network.close();
    await vi.waitFor(() => expect({ descriptors: descriptors(), namespaces: namespaces() }).toEqual(before));
    expect(warnings).toEqual([]);
  });

  it('are handed out of those in reserve, when there is time to make some', async () => {
    const network = openNetwork();
    await network.create('first');
    const before = namespaces().length;
    await vi.waitFor(() => expect(namespaces()).toHaveLength(before + 2), { timeout: 5_000 });
    const ready = namespaces();
    expect(ready).toContain((await network.create('second')).path);
    await network.close();
    await expect(network.create('late')).rejects.toThrow('has been closed');
  });
});
