/**
 * The metadata server: tells a container of Cloud Run who it is, and gives it tokens of its runtime service account.
 * Knows no sockets of its own: those of containers are handed in, with the instance that they come from.
 */
export { type MetadataOptions, type MetadataServer, openMetadataServer } from './server.js';
