import { describe, expect, it } from 'vitest';
import { fitEstate } from './fit.js';

const estate = {
  projects: [
    {
      id: 'my-app',
      iam: [
        { role: 'roles/viewer', members: ['user:a@b.c', 'serviceAccount:gone@x.iam.gserviceaccount.com'] },
        { role: 'roles/nope', members: ['user:a@b.c'] },
        { role: 'roles/editor', members: ['serviceAccount:gone@x.iam.gserviceaccount.com'] },
      ],
    },
  ],
};

/** Gives each list of problems once, then none. */
function problems(...rounds: readonly (readonly string[])[]) {
  const left = [...rounds];
  return async () => left.shift() ?? [];
}

describe('what a plane does not take', () => {
  it('is left out with the reason, and bindings that have lost everybody with it', async () => {
    const fitted = await fitEstate(
      estate,
      problems([
        'copy.json:1:2: projects[0].iam[0].members[1]: Service account gone does not exist.',
        'copy.json:1:3: projects[0].iam[1]: Role roles/nope is not supported for this resource.',
        'copy.json:1:4: projects[0].iam[2].members[0]: Service account gone does not exist.',
      ]),
    );
    expect(fitted.estate).toEqual({
      projects: [{ id: 'my-app', iam: [{ role: 'roles/viewer', members: ['user:a@b.c'] }] }],
    });
    expect(fitted.leftOut).toEqual([
      'my-app roles/viewer serviceAccount:gone@x.iam.gserviceaccount.com: Service account gone does not exist.',
      'my-app roles/nope: Role roles/nope is not supported for this resource.',
      'my-app roles/editor serviceAccount:gone@x.iam.gserviceaccount.com: Service account gone does not exist.',
    ]);
  });

  it('leaves an estate that is taken as it is', async () => {
    expect(await fitEstate(estate, problems())).toEqual({ estate, leftOut: [] });
  });

  it('is an error when it is a whole project', async () => {
    const problem = 'copy.json:1:2: projects[0].number: This is wrong.';
    await expect(fitEstate(estate, problems([problem]))).rejects.toThrow(problem);
  });
});
