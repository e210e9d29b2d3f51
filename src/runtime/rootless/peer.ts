/** Calls, both ways, between a Node.js process and its child; an answer may bring a socket along. */
import type { Serializable } from 'node:child_process';
import { Socket } from 'node:net';
import { BadLayer, StartFailure } from '../types.js';

/** The part of a ChildProcess, and of the child's own `process`, that is the channel between them. */
export interface Channel {
  readonly connected: boolean;
  send?(
    message: Serializable,
    handle: Socket | undefined,
    options: { keepOpen: boolean },
    callback: (error: Error | null) => void,
  ): boolean;
  on(event: 'message', listener: (message: unknown, handle: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

type Methods<T> = { readonly [K in keyof T]: (params: never) => Promise<unknown> };
type Params<F> = F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => Promise<infer R> ? R : never;

/** What may come with a call and its answer beside words. */
export interface Handles {
  /** Sends a socket along with the answer, which closes it here. */
  give(socket: Socket): void;
  /** That came with the call. */
  readonly given: Socket | undefined;
}

/** Answers to calls. */
export type Handlers<T> = {
  readonly [K in keyof T]: (params: Params<T[K]>, handles: Handles) => Promise<Result<T[K]>>;
};
type AnyHandler = (params: unknown, handles: Handles) => Promise<unknown>;

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure };

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

interface Answer {
  readonly value: unknown;
  readonly socket: Socket | undefined;
}

/** The other process has gone, before or during a call. */
export class PeerGone extends Error {
  override readonly name = 'PeerGone';
}

/**
 * One end. Both run the same program, so what comes is what the types say. Errors arrive as what they were thrown as,
 * as far as callers tell them apart: StartFailure, BadLayer, and others by their `code`.
 */
export class Peer<Mine extends Methods<Mine>, Theirs extends Methods<Theirs>> {
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #counter = 0;

  constructor(
    readonly channel: Channel,
    readonly handlers: Handlers<Mine>,
  ) {
    channel.on('message', (message, handle) => this.#receive(message as Message, handle));
    channel.once('disconnect', () => this.#gone());
  }

  /**
   * @param socket sent along with the call, which closes it here; nobody must have read from it
   * @throws PeerGone, or what the other side threw
   */
  async call<K extends keyof Theirs & string>(
    method: K,
    params: Params<Theirs[K]>,
    socket?: Socket,
  ): Promise<Result<Theirs[K]>> {
    return (await this.#call(method, params, socket)).value as Result<Theirs[K]>;
  }

  /** A call whose answer is a socket. @throws PeerGone, or what the other side threw */
  async callForSocket<K extends keyof Theirs & string>(
    method: K,
    params: Params<Theirs[K]>,
  ): Promise<Socket> {
    const { socket } = await this.#call(method, params);
    if (socket === undefined) throw new Error(`${method} gave no socket`);
    return socket;
  }

  async #call(method: string, params: unknown, socket?: Socket): Promise<Answer> {
    const id = ++this.#counter;
    return await new Promise((resolve, reject) => {
      if (this.channel.connected) this.#waiting.set(id, { resolve, reject });
      else reject(new PeerGone(`${method}: the other process has gone`));
      this.#send({ kind: 'call', id, method, params }, socket);
    });
  }

  #receive(message: Message, handle: unknown): void {
    const given = handle instanceof Socket ? handle : undefined;
    if (message.kind === 'call') {
      void this.#answer(message.id, message.method, message.params, given);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'failure') waiting?.reject(revived(message.failure));
    else waiting?.resolve({ value: message.value, socket: given });
  }

  async #answer(id: number, method: string, params: unknown, given: Socket | undefined): Promise<void> {
    let socket: Socket | undefined;
    const give = (answered: Socket) => {
      socket = answered;
    };
    try {
      const handler = this.handlers[method as keyof Mine] as unknown as AnyHandler;
      const value = await handler(params, { give, given });
      this.#send({ kind: 'result', id, value }, socket);
    } catch (error) {
      socket?.destroy();
      this.#send({ kind: 'failure', id, failure: reduced(error) });
    }
  }

  /** What cannot be sent any more needs no answer: the disconnection has told everybody who waits. */
  #send(message: Message, socket?: Socket): void {
    if (this.channel.connected) this.channel.send?.(message, socket, { keepOpen: false }, () => undefined);
    else socket?.destroy();
  }

  #gone(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new PeerGone('the other process has gone'));
  }
}

function reduced(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, message: error.message, code };
}

function revived({ name, message, code }: Failure): Error {
  if (name === 'StartFailure') return new StartFailure(message);
  if (name === 'BadLayer') return new BadLayer(message);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
