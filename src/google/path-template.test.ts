import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GoogleError } from './errors.js';
import { comparePathTemplates, compilePathTemplate } from './path-template.js';

const match = (template: string, path: string) => compilePathTemplate(template).match(path);

describe('compilePathTemplate', () => {
  it('binds a variable of several segments, with a verb', () => {
    const template = '/v1/{resource=projects/*/locations/*/repositories/*}:setIamPolicy';
    expect(match(template, '/v1/projects/p/locations/us/repositories/r:setIamPolicy')).toEqual({
      resource: 'projects/p/locations/us/repositories/r',
    });
    expect(match(template, '/v1/projects/p/locations/us/repositories/r:getIamPolicy')).toBeUndefined();
    expect(match(template, '/v1/projects/p/locations/us/repositories/r')).toBeUndefined();
    expect(match(template, '/v1/projects/p/x/locations/us/repositories/r:setIamPolicy')).toBeUndefined();
  });

  it('binds plain variables, nested field paths and trailing literals', () => {
    expect(match('/v1/projects/{project_id}', '/v1/projects/p')).toEqual({ project_id: 'p' });
    expect(
      match('/v2/{service.name=projects/*/locations/*/services/*}', '/v2/projects/p/locations/l/services/s'),
    ).toEqual({ 'service.name': 'projects/p/locations/l/services/s' });
    expect(match('/v1/{name=projects/*}/serviceAccounts', '/v1/projects/p/serviceAccounts')).toEqual({
      name: 'projects/p',
    });
    expect(match('/v1/roles', '/v1/roles')).toEqual({});
    expect(match('/v1/{name=operations}', '/v1/operations')).toEqual({ name: 'operations' });
  });

  it('lets ** span any number of segments and * exactly one, never an empty one', () => {
    expect(match('/v1/{name=operations/**}', '/v1/operations/a/b/c')).toEqual({ name: 'operations/a/b/c' });
    expect(match('/v1/{resource=**}:setIamPolicy', '/v1/a/b:setIamPolicy')).toEqual({ resource: 'a/b' });
    expect(match('/v1/projects/{project_id}', '/v1/projects/')).toBeUndefined();
  });

  it('keeps the colon of an id such as a digest', () => {
    expect(match('/v1/{name=p/*/versions/*}', '/v1/p/x/versions/sha256:ab')).toEqual({
      name: 'p/x/versions/sha256:ab',
    });
  });

  it('decodes escapes, but leaves an encoded slash between segments encoded', () => {
    expect(match('/v1/{name=projects/*/serviceAccounts/*}', '/v1/projects/-/serviceAccounts/a%40b')).toEqual({
      name: 'projects/-/serviceAccounts/a@b',
    });
    expect(match('/v2/{name=projects/*/logs/*}', '/v2/projects/p/logs/a%2Fb%20c')).toEqual({
      name: 'projects/p/logs/a%2Fb c',
    });
    expect(match('/v1/{id}', '/v1/a%2Fb')).toEqual({ id: 'a/b' });
    expect(() => match('/v1/{id}', '/v1/%zz')).toThrow(GoogleError);
  });

  it('refuses what is no template', () => {
    for (const bad of ['v1/x', '/v1/{Name}', '/v1/{a={b}}', '/v1/a b', '/v1/{a=x y}']) {
      expect(() => compilePathTemplate(bad), bad).toThrow(/path template/);
    }
  });

  it('finds again whatever ids fill a template', () => {
    const id = fc.stringMatching(/^[a-z0-9@.-]{1,12}$/);
    fc.assert(
      fc.property(id, id, (project, account) => {
        const name = `projects/${project}/serviceAccounts/${account}`;
        expect(match('/v1/{name=projects/*/serviceAccounts/*}:disable', `/v1/${name}:disable`)).toEqual({
          name,
        });
      }),
    );
  });
});

describe('comparePathTemplates', () => {
  it('puts verbs before names, literals before wildcards, * before **', () => {
    const sorted = [
      '/v1/{resource=**}:setIamPolicy',
      '/v1/{name=projects/*/locations/*}',
      '/v1/{name=projects/*/locations/*}:setIamPolicy',
      '/v1/{name=*/*/services/*}',
      '/v1/{name=projects/*/services/*}',
    ]
      .map(compilePathTemplate)
      .sort(comparePathTemplates)
      .map((template) => template.source);
    expect(sorted.indexOf('/v1/{name=projects/*/locations/*}:setIamPolicy')).toBeLessThan(
      sorted.indexOf('/v1/{name=projects/*/locations/*}'),
    );
    expect(sorted.indexOf('/v1/{name=projects/*/services/*}')).toBeLessThan(
      sorted.indexOf('/v1/{name=*/*/services/*}'),
    );
    expect(sorted.at(-1)).toBe('/v1/{resource=**}:setIamPolicy');
  });
});
