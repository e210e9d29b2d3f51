import { expect, it } from 'vitest';
import type { EstateDocument } from '../../estate-file/index.js';
import { testEstate } from './testing-estates.js';

const LOCATION = 'asia-northeast1';
const upstream = (repository: string) => ({
  id: repository,
  repository: `projects/images-project/locations/${LOCATION}/repositories/${repository}`,
  priority: 10,
});
const estateWith = (upstreams: readonly string[]): EstateDocument => ({
  projects: [
    {
      id: 'images-project',
      number: '111111111111',
      services: ['artifactregistry.googleapis.com'],
      repositories: [
        { id: 'all', location: LOCATION, upstreamPolicies: upstreams.map(upstream) },
        { id: 'base', location: LOCATION },
      ],
    },
  ],
});
const exportedRepositories = async (plane: ReturnType<typeof testEstate>) =>
  (await plane.exported()).projects?.[0]?.repositories;

it('virtual repositories come and go with what is behind them', async () => {
  const plane = testEstate();
  await plane.apply(estateWith(['base']));
  expect(await exportedRepositories(plane)).toMatchObject([
    { id: 'all', upstreamPolicies: [upstream('base')] },
    { id: 'base' },
  ]);
  expect(await plane.apply(estateWith(['base']))).toMatchObject({ changes: [] });
  await plane.apply(estateWith(['base', 'other']));
  expect((await exportedRepositories(plane))?.[0]).toMatchObject({
    upstreamPolicies: [upstream('base'), upstream('other')],
  });
});

it('a standard repository does not become a virtual one', async () => {
  const plane = testEstate();
  await plane.apply(estateWith(['base']));
  const [project] = estateWith([]).projects ?? [];
  const repositories = [{ id: 'base', location: LOCATION, upstreamPolicies: [upstream('other')] }];
  await expect(
    plane.apply({ projects: [{ id: 'images-project', ...project, repositories }] }),
  ).rejects.toThrow(
    'projects[0].repositories[0]: The field virtual_repository_config is for virtual repositories alone.',
  );
});
