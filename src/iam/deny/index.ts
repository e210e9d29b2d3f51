/** Deny policies: their identifiers and permissions, what may be written into one, and what one takes away. */
export * from './compile.js';
export { canBeDenied, type DenyPermission, denyPermissionOf, parseDenyPermission } from './permissions.js';
export { type DenyPrincipal, denyIdentifier, denyIdentifierOf, parseDenyPrincipal } from './principals.js';
export { deniablePermissions } from './supported.js';
export * from './types.js';
export * from './validate.js';
