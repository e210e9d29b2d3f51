/** The API over rooms in memory, for this folder's tests. */
import type { Api, JsonObject, JsonValue } from '../../google/index.js';
import { isJsonObject } from '../../google/index.js';
import { openSecrets, type SecretRoom } from '../../secrets/index.js';
import { createProject } from '../resource-manager/index.js';
import { enableService } from '../service-usage/index.js';
import { type Answer, invoke, NOW, openRooms, type Rooms } from '../test-support.js';
import { secretManagerApi } from './api.js';

export const OWNER = 'user:owner@example.com';
export const READER = 'user:reader@example.com';
export const PROJECT = 'projects/myproject-a';
/** As answers spell it. */
export const NUMBER = 'projects/891566352225';
export const SECRETS = `/v1/${PROJECT}/secrets`;
export const AUTOMATIC = { replication: { automatic: {} } };

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface SecretFixture extends Rooms {
  readonly api: Api;
  readonly secrets: SecretRoom;
  /** The answer; throws what refuses the call. */
  as(member: string, verb: string, url: string, body?: JsonValue): Promise<Answer>;
  /** The answer's body to the owner. */
  owner(verb: string, url: string, body?: JsonValue): Promise<JsonObject>;
  create(id: string, body?: JsonObject): Promise<JsonObject>;
  add(id: string, text: string): Promise<JsonObject>;
}

/** Project `myproject-a` with the API on; `owner` owns it. */
export async function openSecretManager(): Promise<SecretFixture> {
  const rooms = await openRooms();
  await createProject(rooms, { projectId: 'myproject-a', number: '891566352225', owners: [OWNER] }, NOW);
  await enableService(rooms, 'myproject-a', 'secretmanager.googleapis.com', NOW);
  const secrets = openSecrets({ ...rooms, clock: () => NOW });
  const api = secretManagerApi({ ...rooms, secrets });
  const as = (member: string, verb: string, url: string, body?: JsonValue) =>
    invoke(api, rooms.access, member, verb, url, body);
  const owner = async (verb: string, url: string, body?: JsonValue) => {
    const { json } = await as(OWNER, verb, url, body);
    if (!isJsonObject(json)) throw new Error(`${verb} ${url} answered no object`);
    return json;
  };
  return {
    ...rooms,
    api,
    secrets,
    as,
    owner,
    create: (id, body = {}) => owner('POST', `${SECRETS}?secretId=${id}`, { ...AUTOMATIC, ...body }),
    add: (id, text) => owner('POST', `${SECRETS}/${id}:addVersion`, { payload: { data: base64(text) } }),
  };
}
