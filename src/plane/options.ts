/** How a plane is started: every setting with its default in one place. */
import { homedir } from 'node:os';
import path from 'node:path';
import type { PropagationDelay } from '../access/index.js';
import type { ImageReadCheck } from '../checkpoint/index.js';
import type { EstateFile } from './estate/index.js';

export type { PropagationDelay } from '../access/index.js';

export interface PlaneOptions {
  /** The data directory; made when absent, with mode 0700. */
  readonly dataDir: string;
  /** Keep state in RAM: the data directory then is a temporary one and holds no database. */
  readonly memory: boolean;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly runtime: 'auto' | 'oci' | 'docker' | 'none';
  readonly imageReadCheck: ImageReadCheck;
  /** The member that owns what `start` itself creates, and who commands act as by default. */
  readonly owner: string;
  readonly platform: string;
  /** Estate files, applied before the plane serves when it has nothing of its own yet. */
  readonly estate?: readonly EstateFile[];
  /** False refuses connections through the plane to hosts that it does not serve. */
  readonly egress: boolean;
  /** The proxy through which other hosts are reached, if the user had one. */
  readonly upstreamProxy?: URL;
  /** How long changes of access take to have an effect; left out, they have it at once. */
  readonly propagation?: PropagationDelay;
  readonly clock: () => Date;
  /** Milliseconds after which an unused instance is stopped; Cloud Run's 15 minutes when left out. */
  readonly idleMs?: number;
  /** Told of what goes wrong without a caller to tell, and in what where that is known: one line each. */
  readonly onError: (error: unknown, what?: string) => void;
  /** Told what is good to know though nothing is wrong. */
  readonly onInfo: (text: string) => void;
}

export const DEFAULT_LISTEN = { host: '127.0.0.1', port: 8750 } as const;
export const DEFAULT_OWNER = 'user:owner@example.com';

/** `$XDG_DATA_HOME/sekisho`, or `~/.local/share/sekisho`. */
export function defaultDataDir(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_DATA_HOME;
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.local/share'),
    'sekisho',
  );
}

/** A plane's settings with every default filled in. */
export function planeOptions(given: Partial<PlaneOptions> & Pick<PlaneOptions, 'dataDir'>): PlaneOptions {
  return {
    memory: false,
    ...DEFAULT_LISTEN,
    runtime: 'auto',
    imageReadCheck: 'enforce',
    owner: DEFAULT_OWNER,
    platform: 'linux/amd64',
    egress: true,
    clock: () => new Date(),
    onError: (error) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
    onInfo: () => undefined,
    ...given,
  };
}
