/** The plane's ways in: every API over its rooms, and the front door before all of them. */
import path from 'node:path';
import { checkDeploy } from '../deployments/index.js';
import { createFrontDoor, type FrontDoor } from '../front-door/index.js';
import type { Api, HttpHandler } from '../google/index.js';
import { createIngress } from '../ingress/index.js';
import { openMetadataServer } from '../metadata/index.js';
import {
  artifactRegistryApi,
  cloudIdentityApi,
  iamApi,
  iamCredentialsApi,
  isStsHost,
  loggingApi,
  oauth2Handler,
  policyTroubleshooterApi,
  resourceManagerApi,
  runApi,
  secretManagerApi,
  serviceUsageApi,
  servingWhere,
  stsHandler,
} from '../services/index.js';
import { adminHandler } from './admin.js';
import { estateCalls } from './estate/index.js';
import { foreseen } from './foreseen.js';
import type { PlaneOptions } from './options.js';
import { refusalCalls } from './refused-calls.js';
import type { Rooms } from './rooms.js';
import { contentsCalls, factsCalls, roomsSource } from './source/index.js';

/** The Google APIs that a plane serves. */
export function apisOf(rooms: Rooms): readonly Api[] {
  const { access } = rooms;
  return [
    runApi(rooms),
    resourceManagerApi({ ...rooms, taggable: rooms }),
    serviceUsageApi(rooms),
    servingWhere('usable', iamApi(rooms), access),
    servingWhere('usable', iamCredentialsApi(rooms), access),
    servingWhere('enabled', artifactRegistryApi(rooms), access),
    servingWhere('enabled', loggingApi(rooms), access),
    servingWhere('enabled', secretManagerApi(rooms), access),
    policyTroubleshooterApi(rooms),
    cloudIdentityApi(rooms),
  ];
}

/** Where the plane's own CA lies in its data directory. */
export const certificatesOf = (dataDir: string): string => path.join(dataDir, 'ca');

/** @param secret what admin calls and the sign-in page ask for */
export function openFrontDoor(
  options: PlaneOptions,
  rooms: Rooms,
  apis: readonly Api[],
  secret: string,
): FrontDoor {
  const { dataDir, onError, upstreamProxy } = options;
  const { registry, identity, access, log, clock } = rooms;
  return createFrontDoor({
    apis,
    oauth2: oauth2Of(options, rooms, secret),
    registry: registry.handle,
    ingress: createIngress({ ...rooms, onError }),
    admin: adminOf(options, rooms, secret),
    identity,
    access,
    log,
    clock,
    certificatesDir: certificatesOf(dataDir),
    translate: (error) => foreseen(error, dataDir),
    egress: options.egress ? 'tunnel' : 'refuse',
    onError,
    ...(upstreamProxy === undefined ? {} : { upstreamProxy }),
  });
}

/** The end points of OAuth and the Security Token Service, which plays GitHub's issuer too. */
function oauth2Of(
  { egress, upstreamProxy, onError }: PlaneOptions,
  rooms: Rooms,
  secret: string,
): HttpHandler {
  const oauth2 = oauth2Handler({ ...rooms, adminSecret: secret });
  const sts = stsHandler({
    ...rooms,
    onError,
    refuse: !egress,
    ...(upstreamProxy === undefined ? {} : { proxy: upstreamProxy }),
  });
  return (request, response, context) => (isStsHost(context.host) ? sts : oauth2)(request, response, context);
}

/**
 * Lets containers in: to the metadata server, and to the front door as to Google's.
 * @param caPem what they are to trust
 */
export function openToContainers(
  { onError }: PlaneOptions,
  rooms: Rooms,
  frontDoor: FrontDoor,
  caPem: string,
): void {
  const { containers, deployments } = rooms;
  containers.open({
    frontDoor,
    metadata: openMetadataServer({ ...rooms, onError }),
    instance: (id) => deployments.instanceIdentity(id),
    caPem,
  });
}

function adminOf(
  { owner, imageReadCheck, platform, propagation, onError }: PlaneOptions,
  rooms: Rooms,
  secret: string,
): HttpHandler {
  const { store, access, identity, registry, secrets, deployments, executor, clock } = rooms;
  const facts = {
    store,
    access,
    accounts: identity.accounts,
    puller: registry.puller,
    secrets,
    imageReadCheck,
    platform,
  };
  const source = roomsSource('the plane', rooms);
  return adminHandler({
    secret,
    identity,
    clock,
    check: (request, time) => checkDeploy(request, { ...facts, source }, time),
    more: {
      ...estateCalls({ ...rooms, owner, instancesStopped: () => deployments.goneStopped(), onError }),
      ...factsCalls(source),
      ...contentsCalls(rooms, source),
      ...refusalCalls(rooms),
    },
    status: async () => ({
      owner,
      imageReadCheck,
      platform,
      ...(propagation ? { propagationDelay: { ...propagation } } : {}),
      runtime: (await executor()).describe,
    }),
  });
}
