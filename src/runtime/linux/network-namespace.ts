/**
 * Network namespaces, made and entered by the calling thread for the time of a few system calls. There is never an
 * await in between, so nothing else in the process runs there; and one that is held by a descriptor alone is gone
 * with the process that held it.
 */
import { closeSync, openSync } from 'node:fs';
import { CLONE_NEWNET, setns, unshare } from './libc.js';

const THREADS_OWN = '/proc/thread-self/ns/net';

let own: number | undefined;

/** Runs `action`, which must not be asynchronous, inside the namespace. @throws SystemCallError, or what it throws */
export function insideNetworkNamespace<T>(namespace: number, action: () => T): T {
  own ??= openSync(THREADS_OWN, 'r');
  setns(namespace, CLONE_NEWNET);
  try {
    return action();
  } finally {
    setns(own, CLONE_NEWNET);
  }
}

/**
 * Makes a namespace and runs `action`, which must not be asynchronous, inside it.
 * @returns the namespace's descriptor, for the caller to close, and what the action gave
 * @throws SystemCallError, or what the action throws; then there is no namespace
 */
export function makeNetworkNamespace<T>(action: () => T): { readonly fd: number; readonly result: T } {
  own ??= openSync(THREADS_OWN, 'r');
  unshare(CLONE_NEWNET);
  let fd: number | undefined;
  try {
    fd = openSync(THREADS_OWN, 'r');
    return { fd, result: action() };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw error;
  } finally {
    setns(own, CLONE_NEWNET);
  }
}
