/** Ingress: traffic to run.app hosts. Checks the invoker, finds an instance, streams both ways, logs the request. */
export { createIngress, type Ingress, type IngressOptions } from './ingress.js';
