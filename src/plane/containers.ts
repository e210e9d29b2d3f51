/**
 * What containers reach of the plane. Executors are told of it when they are opened, and containers may start before
 * anybody answers: their connections wait until the front door does.
 */
import type { Duplex } from 'node:stream';
import type { ContainerTrust, InstanceIdentity } from '../deployments/index.js';
import { CONTAINER_HOSTS, type FrontDoor } from '../front-door/index.js';
import type { MetadataServer } from '../metadata/index.js';
import type { ContainerNetwork, NetworkPeer } from '../runtime/index.js';
import { CERTIFICATE_VARIABLES } from './clients/environment.js';

/** Whoever answers. */
export interface Answering {
  readonly frontDoor: Pick<FrontDoor, 'admitContainer'>;
  readonly metadata: Pick<MetadataServer, 'accept'>;
  /** Who runs in an instance; undefined once it has ended. */
  readonly instance: (id: string) => InstanceIdentity | undefined;
  /** The plane's own CA, PEM. */
  readonly caPem: string;
}

/** Where containers find the plane's certificate. No image has anything there. */
const TRUST = { directory: '/run/google-cloud-ca', file: 'ca.pem' } as const;

export class Containers {
  readonly #answering: Promise<Answering>;
  readonly #sockets = new Set<Duplex>();
  #open: (answering: Answering) => void = () => undefined;
  #giveUp: (error: Error) => void = () => undefined;

  constructor() {
    this.#answering = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#giveUp = reject;
    });
    this.#answering.catch(() => undefined);
  }

  /** For the executor. */
  readonly network: ContainerNetwork = {
    googleHosts: CONTAINER_HOSTS,
    accept: (sandbox, peer, socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
      this.#answering.then(
        (answering) => accept(answering, sandbox, peer, socket),
        () => socket.destroy(),
      );
    },
  };

  /**
   * For the deployments. The plane's own CA alone: nothing else can be reached, and programs read the whole file
   * when they start.
   * @throws Error when the plane ends before it has one
   */
  readonly trust = async (): Promise<ContainerTrust> => {
    const { caPem } = await this.#answering;
    return { ...TRUST, certificates: caPem, variables: CERTIFICATE_VARIABLES };
  };

  open(answering: Answering): void {
    this.#open(answering);
  }

  /** Ends what still waits for somebody to answer. */
  giveUp(): void {
    this.#giveUp(new Error('The plane was stopped before it served containers.'));
  }

  /** Ends all connections; until then, those that are being stopped are still answered. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function accept(
  { instance, metadata, frontDoor }: Answering,
  sandbox: string,
  peer: NetworkPeer,
  socket: Duplex,
): void {
  const identity = instance(sandbox);
  if (identity === undefined || socket.destroyed) {
    socket.destroy();
    return;
  }
  if (peer === 'metadata') metadata.accept(sandbox, socket);
  else frontDoor.admitContainer(socket, { project: identity.owner.project, instance: sandbox });
}
