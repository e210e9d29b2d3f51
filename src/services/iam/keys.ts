/** Keys of service accounts as the IAM API names and shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ListServiceAccountKeysRequest_KeyType as KeyType,
  ServiceAccountKeyAlgorithm,
  ServiceAccountKeyOrigin,
  type ServiceAccountKeySchema,
  ServiceAccountPrivateKeyType,
  ServiceAccountPublicKeyType,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import {
  alreadyExists,
  failedPrecondition,
  GoogleError,
  invalidArgument,
  notFound,
  unimplemented,
} from '../../google/index.js';
import { type Account, type AccountKey, InvalidCertificate, KeyRefused } from '../../identity/index.js';
import { VersionConflict } from '../../store/index.js';
import { concurrent } from './concurrent.js';

export type KeyMessage = MessageInitShape<typeof ServiceAccountKeySchema>;

/**
 * The account and the key that `projects/P/serviceAccounts/E/keys/K` names.
 * @throws GoogleError INVALID_ARGUMENT for a name of another form
 */
export function parseKeyName(name: string): { readonly account: string; readonly keyId: string } {
  const [, account, keyId] = /^(projects\/[^/]+\/serviceAccounts\/[^/]+)\/keys\/([^/]+)$/.exec(name) ?? [];
  if (account === undefined || keyId === undefined) {
    throw invalidArgument(`Invalid service account key name: "${name}".`);
  }
  return { account, keyId };
}

export function keyName({ project, email }: Account, keyId: string): string {
  return `projects/${project}/serviceAccounts/${email}/keys/${keyId}`;
}

/** A key without its halves. */
export function keyMessage(account: Account, key: AccountKey) {
  const { USER_MANAGED, SYSTEM_MANAGED } = KeyType;
  const { KEY_ALG_RSA_2048, KEY_ALG_UNSPECIFIED } = ServiceAccountKeyAlgorithm;
  return {
    name: keyName(account, key.id),
    keyAlgorithm: key.bits === 2048 ? KEY_ALG_RSA_2048 : KEY_ALG_UNSPECIFIED,
    keyOrigin: ServiceAccountKeyOrigin[key.origin],
    keyType: key.type === 'USER_MANAGED' ? USER_MANAGED : SYSTEM_MANAGED,
    validAfterTime: timestampFromDate(new Date(key.validAfter)),
    validBeforeTime: timestampFromDate(new Date(key.validBefore)),
    disabled: key.disabled,
  } satisfies KeyMessage;
}

/** The public half in the form asked for. @throws GoogleError INVALID_ARGUMENT */
export function publicKeyData(key: AccountKey, form: ServiceAccountPublicKeyType): Buffer | undefined {
  switch (form) {
    case ServiceAccountPublicKeyType.TYPE_NONE:
      return undefined;
    case ServiceAccountPublicKeyType.TYPE_X509_PEM_FILE:
      return Buffer.from(key.certificate);
    case ServiceAccountPublicKeyType.TYPE_RAW_PUBLIC_KEY:
      return Buffer.from(key.publicKey);
    default:
      throw invalidArgument(`Invalid public key type: ${form}.`);
  }
}

/**
 * The file that goes to the user, to the byte as Google writes it
 * (https://cloud.google.com/iam/docs/keys-create-delete#creating).
 * @param privateKey PKCS #8, PEM
 */
export function keyFile(account: Account, keyId: string, privateKey: string): Buffer {
  const { email } = account;
  const file = {
    type: 'service_account',
    project_id: account.project,
    private_key_id: keyId,
    private_key: privateKey,
    client_email: email,
    client_id: account.uniqueId,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`);
}

/** @throws GoogleError UNIMPLEMENTED for a PKCS #12 file, INVALID_ARGUMENT for other keys than RSA 2048 */
export function requireKeyKind(type: ServiceAccountPrivateKeyType, algorithm: ServiceAccountKeyAlgorithm) {
  if (type === ServiceAccountPrivateKeyType.TYPE_PKCS12_FILE) {
    throw unimplemented(
      'Private keys of type TYPE_PKCS12_FILE are not implemented; ask for a JSON key file.',
    );
  }
  if (!(type in ServiceAccountPrivateKeyType)) throw invalidArgument(`Invalid private key type: ${type}.`);
  const { KEY_ALG_UNSPECIFIED, KEY_ALG_RSA_2048 } = ServiceAccountKeyAlgorithm;
  if (algorithm !== KEY_ALG_UNSPECIFIED && algorithm !== KEY_ALG_RSA_2048) {
    throw invalidArgument('Keys are made with KEY_ALG_RSA_2048 only.');
  }
}

/** Why the account's keys do not change, as the API says it. Anything unforeseen comes back as it is. */
export function keyRefusal(error: unknown, keyId: string): unknown {
  if (error instanceof VersionConflict) return concurrent();
  if (error instanceof InvalidCertificate) {
    return invalidArgument(`The public key data cannot be a key. ${error.message}`);
  }
  if (!(error instanceof KeyRefused)) return error;
  switch (error.refusal) {
    case 'unknown':
      return noSuchKey(keyId);
    case 'exists':
      return alreadyExists('The key already exists.');
    case 'expired':
      return invalidArgument("The public key data cannot be a key. The certificate's validity has ended.");
    case 'system-managed':
      return failedPrecondition(`Key ${keyId} is managed by the system: it cannot be changed.`);
    case 'too-many':
      // Google's whole answer to the eleventh key.
      return new GoogleError('FAILED_PRECONDITION', 'Precondition check failed.');
  }
}

export const noSuchKey = (keyId: string) => notFound(`Service account key ${keyId} does not exist.`);
