/** Services of which the catalogue knows only what Cloud Run and its neighbours use. */
import { all, permissions } from '../notation.js';

/** Cloud KMS: customer-managed keys for images, secrets and services. */
export const kmsEncryptDecrypt = permissions('cloudkms', { cryptoKeyVersions: 'useToEncrypt useToDecrypt' });
export const kmsKeyRead = permissions('cloudkms', { cryptoKeys: 'get' });

/** Serverless VPC Access. */
export const connectorRead = permissions('vpcaccess', { connectors: 'get' });
export const connectorUse = permissions('vpcaccess', { connectors: 'use' });

export const everything = all(kmsEncryptDecrypt, kmsKeyRead, connectorRead, connectorUse);
