/** Google's errors: canonical codes, and the JSON body in which the REST APIs answer them. */
import type { JsonObject } from './json.js';

/** Canonical status → HTTP status and gRPC number (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto). */
export const STATUS = {
  INVALID_ARGUMENT: { http: 400, grpc: 3 },
  FAILED_PRECONDITION: { http: 400, grpc: 9 },
  OUT_OF_RANGE: { http: 400, grpc: 11 },
  UNAUTHENTICATED: { http: 401, grpc: 16 },
  PERMISSION_DENIED: { http: 403, grpc: 7 },
  NOT_FOUND: { http: 404, grpc: 5 },
  ABORTED: { http: 409, grpc: 10 },
  ALREADY_EXISTS: { http: 409, grpc: 6 },
  RESOURCE_EXHAUSTED: { http: 429, grpc: 8 },
  CANCELLED: { http: 499, grpc: 1 },
  INTERNAL: { http: 500, grpc: 13 },
  UNIMPLEMENTED: { http: 501, grpc: 12 },
  UNAVAILABLE: { http: 503, grpc: 14 },
  DEADLINE_EXCEEDED: { http: 504, grpc: 4 },
} as const;

export type Status = keyof typeof STATUS;

export interface GoogleErrorOptions {
  /** google.rpc details, each with its `@type`. gcloud prints them as YAML after the message. */
  readonly details?: readonly JsonObject[];
  /** The `errors` list of older APIs: one entry with this reason, domain `global`. */
  readonly reason?: string;
  /** The WWW-Authenticate header of the REST answer, where it has one. */
  readonly challenge?: string;
  readonly cause?: unknown;
}

/** An error as a Google API answers it. Thrown by handlers; the front door writes it out. */
export class GoogleError extends Error {
  override readonly name = 'GoogleError';
  readonly details: readonly JsonObject[];
  readonly reason: string | undefined;
  readonly challenge: string | undefined;

  constructor(
    readonly status: Status,
    message: string,
    options: GoogleErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? [];
    this.reason = options.reason;
    this.challenge = options.challenge;
  }

  /**
   * The HTTP status of the REST answer. UNIMPLEMENTED goes out with 400, while its body says 501: gcloud and other
   * clients take every 5xx for an outage, try again for half a minute and then print the raw response instead of
   * the message (apitools' HandleExceptionsAndRebuildHttpConnections).
   */
  get httpStatus(): number {
    return this.status === 'UNIMPLEMENTED' ? STATUS.INVALID_ARGUMENT.http : STATUS[this.status].http;
  }

  get grpcCode(): number {
    return STATUS[this.status].grpc;
  }

  /** The REST body: `{"error":{"code","message","errors"?,"status","details"?}}`. */
  toJson(): JsonObject {
    return {
      error: {
        code: STATUS[this.status].http,
        message: this.message,
        ...(this.reason === undefined
          ? {}
          : { errors: [{ message: this.message, domain: 'global', reason: this.reason }] }),
        status: this.status,
        ...(this.details.length > 0 ? { details: [...this.details] } : {}),
      },
    };
  }
}

export const invalidArgument = (message: string) =>
  new GoogleError('INVALID_ARGUMENT', message, { reason: 'badRequest' });
export const notFound = (message: string) => new GoogleError('NOT_FOUND', message, { reason: 'notFound' });
export const alreadyExists = (message: string) =>
  new GoogleError('ALREADY_EXISTS', message, { reason: 'alreadyExists' });
export const aborted = (message: string) => new GoogleError('ABORTED', message, { reason: 'aborted' });
export const failedPrecondition = (message: string) =>
  new GoogleError('FAILED_PRECONDITION', message, { reason: 'failedPrecondition' });
export const permissionDenied = (message: string) =>
  new GoogleError('PERMISSION_DENIED', message, { reason: 'forbidden' });
export const unimplemented = (message: string) => new GoogleError('UNIMPLEMENTED', message);

/** A google.rpc.BadRequest with one field violation; gcloud prints `FIELD: DESCRIPTION` in place of the message. */
export function badField(field: string, description: string): GoogleError {
  return new GoogleError('INVALID_ARGUMENT', `${field}: ${description}`, {
    details: [
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] },
    ],
  });
}

/** An ErrorInfo detail (https://cloud.google.com/apis/design/errors#error_info). */
export function errorInfo(reason: string, domain: string, metadata: Record<string, string>): JsonObject {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}
