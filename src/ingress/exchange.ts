/** What the two protocols towards containers have in common. */
import type { Answer } from './answer.js';
import type { Body } from './body.js';
import type { Headers } from './head.js';

/** What is asked of a container. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  /** Undefined when the request has none. */
  readonly body: Body | undefined;
}

/** An exchange under way. */
export interface Sent {
  /** Resolves when the answer has been handed over whole. Rejects when there is none, or it breaks off. */
  readonly done: Promise<void>;
  /** Gives it up. */
  abort(reason: Error): void;
  /** Whether the connection has been used before: then the container may have closed it meanwhile. */
  readonly reused: boolean;
}

/** The ways to one instance. */
export interface Upstream {
  /**
   * @param fresh asks for a connection that nobody has used before
   * @throws the system's error when there is no connection to be had
   */
  send(asked: Asked, answer: Answer, fresh: boolean): Promise<Sent>;
  close(): void;
}
