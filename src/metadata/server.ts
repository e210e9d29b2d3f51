/** The HTTP server itself, on connections that are known to come from an instance. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Log, varlogEntry } from '../audit/index.js';
import { type Deployments, type InstanceIdentity, publicInstanceId } from '../deployments/index.js';
import { accountAnswers } from './account-answers.js';
import { answer, pathOf } from './answer.js';
import { type CredentialOptions, credentialSource } from './credentials.js';
import { forbidden, MetadataError, methodNotAllowed, plain } from './errors.js';
import { type Content, treeOf } from './tree.js';

export interface MetadataOptions extends CredentialOptions {
  readonly deployments: Pick<Deployments, 'instanceIdentity'>;
  readonly log: Pick<Log, 'append'>;
  readonly onError: (error: unknown, what: string) => void;
}

export interface MetadataServer {
  /** Serves a connection that a container of the instance has opened; nobody else's may be given. */
  accept(instance: string, socket: Duplex): void;
}

/** Every answer has it, and every request must: browsers do not send it by mistake, nor do proxies. */
const FLAVOR = 'Google';
const MAX_HEADER_BYTES = 16_384;

export function openMetadataServer(options: MetadataOptions): MetadataServer {
  const { deployments, onError } = options;
  const source = credentialSource(options);
  const instances = new WeakMap<Duplex, string>();
  const report = refusalReporter(options);

  /** @throws MetadataError */
  async function serve(request: IncomingMessage, instance: InstanceIdentity): Promise<Content> {
    const { url = '/', method = 'GET', headers, socket } = request;
    const path = pathOf(url);
    if (path !== '/') requireFlavor(request, path);
    if (headers['x-forwarded-for'] !== undefined) throw forbidden(path, '');
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(method, path);
    const credentials = accountAnswers(instance, {
      source,
      url,
      report: (why) => report(instance, why),
    });
    const asker = {
      identity: instance,
      publicId: publicInstanceId(instance.id),
      address: socket.remoteAddress ?? '',
    };
    return answer(treeOf(asker, credentials), { host: headers.host ?? '', url });
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const instance = deployments.instanceIdentity(instances.get(request.socket) ?? '');
    if (instance === undefined) return void request.socket.destroy(); // it has ended meanwhile
    serve(request, instance).then(
      (content) => send(response, 200, content),
      (error: unknown) => {
        if (error instanceof MetadataError) return send(response, error.status, error.content, error.headers);
        onError(error, `metadata server: ${pathOf(request.url ?? '')}`);
        const { status, content } = plain(500, `Could not fetch URI ${request.url}`);
        send(response, status, content);
      },
    );
  });
  server.on('clientError', (_, socket) => void socket.destroy());

  return {
    accept(instance, socket) {
      instances.set(socket, instance);
      socket.on('error', () => undefined);
      if (socket instanceof Socket) socket.setNoDelay(true);
      server.emit('connection', socket);
    },
  };
}

/** @throws MetadataError */
function requireFlavor({ headers }: IncomingMessage, path: string): void {
  if (headers['metadata-flavor'] === FLAVOR) return;
  throw forbidden(path, 'Missing Metadata-Flavor:Google header.');
}

function send(
  response: ServerResponse,
  status: number,
  { type, body }: Content,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Metadata-Flavor': FLAVOR,
    Server: 'Metadata Server for VM',
    'X-XSS-Protection': '0',
    'X-Frame-Options': 'SAMEORIGIN',
    ...headers,
  });
  response.end(body);
}

/** Says in an instance's log why it gets no token: once, until it gets one or the reason is another. */
function refusalReporter({ log, clock }: Pick<MetadataOptions, 'log' | 'clock'>) {
  const said = new WeakMap<InstanceIdentity, string>();
  return (instance: InstanceIdentity, why: string | undefined): void => {
    if (why === undefined) {
      said.delete(instance);
      return;
    }
    if (said.get(instance) === why) return;
    said.set(instance, why);
    const { owner, id } = instance;
    const time = clock();
    const instanceId = publicInstanceId(id);
    const message = `The metadata server has no token for this instance: ${why}`;
    log.append(owner.project, varlogEntry({ owner, instanceId, severity: 'ERROR', message, time }), time);
  };
}
