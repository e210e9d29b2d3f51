/** Errors of the distribution API: `{"errors":[{"code","message"}]}` (OCI distribution 1.1, "Error Codes"). */

export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'UNAUTHORIZED'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED';

/** A refusal of the registry: HTTP status, code, message, and headers such as the challenge. */
export class OciError extends Error {
  override readonly name = 'OciError';
  constructor(
    readonly status: number,
    readonly code: OciCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** The answer's body, byte for byte. */
  body(): string {
    return errorBody(this.code, this.message);
  }
}

/** The JSON text of an error answer; Cloud Run quotes it in its own messages. */
export function errorBody(code: OciCode, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
