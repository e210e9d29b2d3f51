/** Live Google Cloud as a source: read only, with the caller's own credentials. */
export { CALLS, type CallName, type GoogleCall } from './calls.js';
export { type Credentials, defaultCredentials, GoogleSignInError } from './credentials.js';
export { GoogleReader, type GoogleReaderOptions } from './reader.js';
export { type GoogleSourceOptions, googleSource } from './source.js';
export { httpTransport, type Transport } from './transport.js';
