/** Roles of services of which little else is modelled: Cloud KMS, Serverless VPC Access. */
import type { Role } from '../types.js';
import { role } from './notation.js';
import { others, resourceManager } from './permissions/index.js';

export const otherRoles: readonly Role[] = [
  role(
    'roles/cloudkms.cryptoKeyEncrypterDecrypter',
    'Cloud KMS CryptoKey Encrypter/Decrypter',
    'Enables Encrypt and Decrypt operations',
    others.kmsEncryptDecrypt,
    'resourcemanager.projects.get',
  ),
  role(
    'roles/vpcaccess.user',
    'Serverless VPC Access User',
    'User of Serverless VPC Access connectors',
    others.connectorRead,
    resourceManager.seeProjects,
  ),
];
