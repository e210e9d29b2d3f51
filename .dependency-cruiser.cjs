/**
 * The rooms of src/ and what each may import: imports flow one way.
 * docs/architecture.md draws the same table.
 */
const rooms = {
  names: [],
  'estate-file': [],
  google: ['names'],
  iam: ['names'],
  checkpoint: ['iam', 'names'],
  store: [],
  runtime: [],
  identity: ['store', 'names'],
  access: ['iam', 'store', 'names', 'google'],
  audit: ['google', 'store', 'names'],
  secrets: ['access', 'google', 'store', 'names'],
  registry: ['access', 'audit', 'identity', 'google', 'store', 'names'],
  deployments: [
    'checkpoint',
    'access',
    'audit',
    'identity',
    'registry',
    'secrets',
    'runtime',
    'store',
    'names',
    'google',
    'iam',
  ],
  services: [
    'deployments',
    'registry',
    'secrets',
    'checkpoint',
    'access',
    'audit',
    'identity',
    'google',
    'store',
    'names',
    'iam',
  ],
  ingress: ['deployments', 'access', 'audit', 'identity', 'google', 'names'],
  metadata: ['deployments', 'access', 'audit', 'identity', 'google', 'names'],
  'front-door': ['services', 'registry', 'ingress', 'identity', 'access', 'audit', 'google', 'names'],
};
const above = Object.keys(rooms);
rooms.plane = [...above];
rooms.sources = ['checkpoint', 'iam', 'estate-file', 'names'];
rooms.cli = ['plane', 'sources', 'testing', 'checkpoint', 'names', 'registry'];
rooms.library = ['plane', 'sources', 'checkpoint', 'iam', 'names'];
rooms.testing = ['plane', 'sources', 'checkpoint', 'names'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room-${room}`,
      comment: `${room} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other room'}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'enter-rooms-by-the-door',
      comment:
        'other rooms are imported through their index.ts (generated protos, and the estates of tests, aside)',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/[^/]+/.+',
        pathNot: [
          '^src/$1/',
          '^src/[^/]+/index\\.ts$',
          '^src/google/gen/',
          '^src/checkpoint/reports/index\\.ts$',
          '^src/plane/clients/index\\.ts$',
          '^src/sources/(assets|assets/ready|logs)/index\\.ts$',
          '^src/checkpoint/cases/estate\\.ts$',
        ],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
