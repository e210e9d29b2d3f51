/**
 * The way in: one port that tells protocols apart, the plane's own CA, and every request led to the API, registry,
 * service or admin call that it means.
 */
export { type Certificates, openCertificates } from './certificates.js';
export { CONTAINER_HOSTS } from './container-connection.js';
export { createFrontDoor, type FrontDoor, type FrontDoorOptions, type UpgradeHandler } from './front-door.js';
export { type HostRoute, type HostTable, hostTable } from './hosts.js';
