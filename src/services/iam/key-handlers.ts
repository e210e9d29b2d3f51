/** The methods of service accounts' keys. */
import {
  ListServiceAccountKeysRequest_KeyType as KeyType,
  ServiceAccountPrivateKeyType,
} from '../../google/gen/google/iam/admin/v1/iam_pb.js';
import { invalidArgument } from '../../google/index.js';
import type { AccountKey } from '../../identity/index.js';
import type { AccountFinder } from './access.js';
import { existing } from './accounts.js';
import type { IamApiDeps } from './create-account.js';
import type { IamHandlers } from './handlers.js';
import {
  keyFile,
  keyMessage,
  keyRefusal,
  noSuchKey,
  parseKeyName,
  publicKeyData,
  requireKeyKind,
} from './keys.js';

interface ByName {
  readonly name: string;
}

export function keyHandlers({ identity }: IamApiDeps, finder: AccountFinder): IamHandlers {
  const { accountKeys } = identity;
  const accountOf = async (request: ByName) => existing(await finder.find(request, request.name));
  const keyOf = async (request: ByName) => {
    const { account, keyId } = parseKeyName(request.name);
    return { account: existing(await finder.find(request, account)), keyId };
  };
  /** Changes keys, and says what stands against it in the API's words. */
  const changed = async <T>(keyId: string, change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } catch (error) {
      throw keyRefusal(error, keyId);
    }
  };
  const switched = async (request: ByName, disabled: boolean) => {
    const { account, keyId } = await keyOf(request);
    await changed(keyId, accountKeys.setDisabled(account, keyId, disabled));
    return {};
  };
  return {
    async listServiceAccountKeys(request) {
      const account = await accountOf(request);
      const wanted = keyFilter(request.keyTypes);
      return {
        keys: (await accountKeys.list(account)).filter(wanted).map((key) => keyMessage(account, key)),
      };
    },
    async getServiceAccountKey(request) {
      const { account, keyId } = await keyOf(request);
      const key = (await accountKeys.list(account)).find(({ id }) => id === keyId);
      if (!key) throw noSuchKey(keyId);
      const data = publicKeyData(key, request.publicKeyType);
      return { ...keyMessage(account, key), ...(data === undefined ? {} : { publicKeyData: data }) };
    },
    async createServiceAccountKey(request, call) {
      const account = await accountOf(request);
      requireKeyKind(request.privateKeyType, request.keyAlgorithm);
      const { key, privateKey } = await changed('', accountKeys.create(account, call.time));
      return {
        ...keyMessage(account, key),
        privateKeyType: ServiceAccountPrivateKeyType.TYPE_GOOGLE_CREDENTIALS_FILE,
        privateKeyData: keyFile(account, key.id, privateKey),
      };
    },
    async uploadServiceAccountKey(request, call) {
      const account = await accountOf(request);
      const certificate = Buffer.from(request.publicKeyData).toString('utf8');
      return keyMessage(account, await changed('', accountKeys.upload(account, certificate, call.time)));
    },
    async deleteServiceAccountKey(request) {
      const { account, keyId } = await keyOf(request);
      await changed(keyId, accountKeys.remove(account, keyId));
      return {};
    },
    disableServiceAccountKey: (request) => switched(request, true),
    enableServiceAccountKey: (request) => switched(request, false),
  };
}

/** "If no key type is provided, all keys are returned." (ListServiceAccountKeysRequest) */
function keyFilter(types: readonly KeyType[]): (key: AccountKey) => boolean {
  const names = types.map((type): AccountKey['type'] => {
    if (type === KeyType.USER_MANAGED) return 'USER_MANAGED';
    if (type === KeyType.SYSTEM_MANAGED) return 'SYSTEM_MANAGED';
    throw invalidArgument(`Invalid key type: ${type}.`);
  });
  return ({ type }) => names.length === 0 || names.includes(type);
}
