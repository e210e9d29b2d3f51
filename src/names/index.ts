/**
 * Names: how Google Cloud, OCI and Knative spell the things we handle. Resource names, image references,
 * members and principals, regions, service agents, generated ids. Pure; imports no other room.
 */
export * from './agents.js';
export type * from './credential-origin.js';
export * from './ids.js';
export * from './image.js';
export * from './member.js';
export * from './regions.js';
export type * from './request-context.js';
export * from './resource.js';
export * from './upstream.js';
