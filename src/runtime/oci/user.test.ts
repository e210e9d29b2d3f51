import { expect, it } from 'vitest';
import { resolveUser } from './user.js';

const files = {
  passwd:
    '# comment\nroot:x:0:0::/root:/bin/sh\napp:x:1234:2345::/srv:/bin/sh\nbroken line\n42:x:77:78::/n:/x\n',
  group: 'root:x:0:\nweb:x:500:app,other\nlog:x:501:other\n',
};
const none = { passwd: '', group: '' };

it.each([
  [undefined, { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
  ['', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
  ['app', { uid: 1234, gid: 2345, additionalGids: [2345, 500], home: '/srv' }],
  ['1234', { uid: 1234, gid: 2345, additionalGids: [2345, 500], home: '/srv' }],
  ['app:log', { uid: 1234, gid: 501, additionalGids: [501], home: '/srv' }],
  ['app:0', { uid: 1234, gid: 0, additionalGids: [0], home: '/srv' }],
  ['9999', { uid: 9999, gid: 0, additionalGids: [0], home: '/' }],
  ['9999:9998', { uid: 9999, gid: 9998, additionalGids: [9998], home: '/' }],
  ['42', { uid: 77, gid: 78, additionalGids: [78], home: '/n' }],
])('resolves %s', (spec, user) => {
  expect(resolveUser(spec, files)).toEqual(user);
});

it('runs as root in an image without accounts', () => {
  expect(resolveUser(undefined, none)).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: '/' });
});

it.each([
  ['nobody', /unable to find user nobody/],
  ['app:nogroup', /unable to find group nogroup/],
  ['99999999999', /unable to find user 99999999999/],
  ['-1', /unable to find user -1/],
])('refuses %s', (spec, message) => {
  expect(() => resolveUser(spec, files)).toThrow(message);
});
