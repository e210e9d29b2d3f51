/** For tests: a proxy behind which every host of Google's is one server that answers as badly as it is told to. */
import { webcrypto } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface FaultyGoogle {
  /** The proxy's address. */
  readonly url: string;
  /** What clients must trust. */
  readonly ca: string;
  /** Host and target of each request, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** @param answer may end the response, break it off, or leave it open */
export async function startFaultyGoogle(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FaultyGoogle> {
  const { key, cert } = await selfSigned('*.googleapis.com');
  const asked: string[] = [];
  const google = createSecureServer({ key, cert }, (request, response) => {
    asked.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
    answer(request, response);
  });
  const proxy = createServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', (_, client: Socket) => {
    const { port } = google.address() as AddressInfo;
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  for (const server of [google, proxy]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    ca: cert,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      google.closeAllConnections();
      await Promise.all([google, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function selfSigned(host: string): Promise<{ readonly key: string; readonly cert: string }> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${host}`,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    },
    webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  );
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: x509.PemConverter.encode(exported, 'PRIVATE KEY'), cert: certificate.toString('pem') };
}
