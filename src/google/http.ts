/** HTTP as the front door hands it to the doors that are no JSON API: the registry, the ingress, admin calls. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** The container that a request comes from. */
export interface Origin {
  /** The project's id. */
  readonly project: string;
  /** The instance's id, as the deployments know it. */
  readonly instance: string;
}

/** What the front door knows of a request beyond the request itself. */
export interface HttpContext {
  /** The host asked for, without port, in lower case, e.g. `asia-northeast1-docker.pkg.dev`. */
  readonly host: string;
  /** Path and query, without the prefix of the direct form. */
  readonly url: string;
  /** Where the client reaches this door, without a trailing slash: challenges and Location headers build on it. */
  readonly baseUrl: string;
  /** True when the request came to the plane's own address (the direct form), not to Google's host name. */
  readonly direct: boolean;
  readonly callerIp: string;
  /** Given when the request comes from a container that runs here. */
  readonly origin?: Origin;
}

export type HttpHandler = (
  request: HttpRequest,
  response: HttpResponse,
  context: HttpContext,
) => Promise<void>;
