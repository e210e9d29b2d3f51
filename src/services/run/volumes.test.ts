import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../google/index.js';
import { alone, parse, refusal } from './testing-instances.js';

const memory = (name: string): JsonObject => ({ name, emptyDir: {} });
const mounted = (...paths: readonly string[]): JsonObject =>
  alone({ volumeMounts: paths.map((mountPath) => ({ name: 'v', mountPath })) }, { volumes: [memory('v')] });

describe('volumes', () => {
  it('hold secrets or are memory', () => {
    const { volumes, containers } = parse(
      alone(
        {
          volumeMounts: [
            { name: 's', mountPath: '/secrets' },
            { name: 'm', mountPath: '/scratch', subPath: 'a/b' },
          ],
        },
        {
          volumes: [
            {
              name: 's',
              secret: {
                secret: 'projects/other/secrets/db',
                defaultMode: 0o400,
                items: [{ path: 'db/password', version: '3', mode: 0o440 }, { path: 'newest' }],
              },
            },
            { name: 'm', emptyDir: { medium: 'MEMORY', sizeLimit: '64Mi' } },
          ],
        },
      ),
    );
    expect(volumes).toEqual([
      {
        kind: 'secret',
        name: 's',
        secret: 'projects/other/secrets/db',
        defaultMode: 0o400,
        items: [
          { path: 'db/password', version: '3', mode: 0o440 },
          { path: 'newest', version: 'latest' },
        ],
      },
      { kind: 'memory', name: 'm', sizeLimit: '64Mi' },
    ]);
    expect(containers[0]?.volumeMounts).toEqual([
      { name: 's', mountPath: '/secrets' },
      { name: 'm', mountPath: '/scratch', subPath: 'a/b' },
    ]);
  });

  const secret = (source: JsonObject): JsonObject[] => [{ name: 's', secret: { secret: 'db', ...source } }];

  it.each<[string, JsonObject[], string]>([
    [
      'without a source',
      [{ name: 'v' }],
      "volumes[0]: The volume 'v' needs a source: a secret or an empty directory.",
    ],
    [
      'with two sources',
      [{ name: 'v', emptyDir: {}, secret: { secret: 'db' } }],
      'volumes[0]: Only one volume source may be given.',
    ],
    ['of one name', [memory('v'), memory('v')], "volumes[1].name: The volume 'v' is given more than once."],
    [
      'with a name that is none',
      [memory('V')],
      "volumes[0].name: Invalid volume name 'V': only lower-case letters, digits and dashes, at most 63.",
    ],
    ['of a bucket', [{ name: 'v', gcs: { bucket: 'b' } }], 'volumes[0].gcs: This field is not supported.'],
    [
      'of a server',
      [{ name: 'v', nfs: { server: 's', path: '/' } }],
      'volumes[0].nfs: This field is not supported.',
    ],
    [
      'of Cloud SQL',
      [{ name: 'cloudsql', cloudSqlInstance: { instances: ['a:b:c'] } }],
      'volumes[0].cloud_sql_instance: This field is not supported.',
    ],
    [
      'on a disk',
      [{ name: 'v', emptyDir: { medium: 'DISK' } }],
      "volumes[0].empty_dir.medium: Invalid value 'DISK': must be one of MEMORY.",
    ],
    [
      'of an unreadable size',
      [{ name: 'v', emptyDir: { sizeLimit: 'much' } }],
      "volumes[0].empty_dir.size_limit: Invalid quantity 'much'.",
    ],
    [
      'of a secret without a name',
      secret({ secret: '' }),
      'volumes[0].secret.secret: required field not present.',
    ],
    [
      'of a secret’s version by its full name',
      secret({ secret: 'projects/p/secrets/s/versions/1' }),
      "volumes[0].secret.secret: Invalid secret 'projects/p/secrets/s/versions/1': expected SECRET or projects/PROJECT/secrets/SECRET.",
    ],
    [
      'that leave their directory',
      secret({ items: [{ path: '../etc/passwd' }] }),
      "volumes[0].secret.items[0].path: Invalid path '../etc/passwd': it must be relative and must not contain '..'.",
    ],
    [
      'with a file twice',
      secret({ items: [{ path: 'a' }, { path: 'a' }] }),
      "volumes[0].secret.items[1].path: The path 'a' is given more than once.",
    ],
    [
      'with permissions that are none',
      secret({ defaultMode: 512 }),
      'volumes[0].secret.default_mode: Invalid value 512: must be between 0 and 511.',
    ],
  ])('are not %s', (_, volumes, message) => {
    expect(refusal(() => parse(alone({}, { volumes })))).toBe(message);
  });

  it.each<[string, JsonObject, string]>([
    [
      'a volume that is not there',
      alone({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      "[0].name: The volume 'v' is not among the template's volumes.",
    ],
    ['nowhere', mounted(''), "[0].mount_path: Invalid mount path '': it must be absolute."],
    ['a relative path', mounted('v'), "[0].mount_path: Invalid mount path 'v': it must be absolute."],
    ['a colon', mounted('/a:b'), "[0].mount_path: Invalid mount path '/a:b': it must not contain ':'."],
    ['the root', mounted('//'), "[0].mount_path: Invalid mount path '//': it must not be the root."],
    [
      'the kernel’s file systems',
      mounted('//proc/1'),
      "[0].mount_path: Invalid mount path '//proc/1': it must not lie in /proc, /sys or /dev.",
    ],
    [
      'the kernel’s file systems by a detour',
      mounted('/a/../proc'),
      "[0].mount_path: Invalid mount path '/a/../proc': it must not contain '..'.",
    ],
    ['one path twice', mounted('/a', '/a/'), "[1].mount_path: The path '/a/' is mounted more than once."],
  ])('are not mounted at %s', (_, template, message) => {
    expect(refusal(() => parse(template))).toBe(`containers[0].volume_mounts${message}`);
  });
});
