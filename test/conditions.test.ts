/** Tags by gcloud: a grant that holds where a tag is, and nowhere else; and IAM's linter. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, TestPlane } from './support/plane.js';
import { canRun } from './support/tools.js';
import { ALICE, OWNER } from './support/world.js';

const P = 'tagged-project';
const REGION = 'asia-northeast1';
const REPOSITORY = `//artifactregistry.googleapis.com/projects/${P}/locations/${REGION}/repositories/images`;

describe.runIf(canRun('gcloud'))('gcloud', () => {
  let plane: TestPlane;

  const gcloud = async (line: string | readonly string[], as = OWNER): Promise<string> =>
    (await must(plane.gcloud(as, line))).stdout.trim();
  const tags = (line: string) => gcloud(`resource-manager tags ${line}`);

  beforeAll(async () => {
    plane = await TestPlane.start({ args: ['--runtime', 'none', '--no-egress'] });
    await gcloud(`projects create ${P} --no-enable-cloud-apis`);
    await gcloud(`services enable artifactregistry.googleapis.com --project=${P}`);
    await gcloud(
      `artifacts repositories create images --repository-format=docker --location=${REGION} --project=${P}`,
    );
    const expression = `resource.matchTag('${P}/env', 'prod')`;
    await gcloud([
      ...`projects add-iam-policy-binding ${P} --role=roles/artifactregistry.reader`.split(' '),
      `--member=user:${ALICE}`,
      `--condition=^:^title=production:expression=${expression}`,
    ]);
  });
  afterAll(() => plane?.dispose());

  it('makes keys and values, and finds them by their names', async () => {
    const key = await tags(`keys create env --parent=projects/${P} --format=value(name)`);
    expect(key).toMatch(/^tagKeys\/\d+$/);
    expect(await tags(`keys describe ${P}/env --format=value(name)`)).toBe(key);
    const value = await tags(`values create prod --parent=${P}/env --format=value(name)`);
    expect(await tags(`values list --parent=${P}/env --format=value(name)`)).toBe(value);
    await tags(`values update ${P}/env/prod --description=live`);
    expect(await tags(`values describe ${P}/env/prod --format=value(description)`)).toBe('live');
  });

  it('grants by a tag from its binding to its removal', async () => {
    const bindings = (verb: string) =>
      tags(`bindings ${verb} --tag-value=${P}/env/prod --parent=${REPOSITORY} --location=${REGION}`);
    const describe = () =>
      plane.gcloud(ALICE, `artifacts repositories describe images --location=${REGION} --project=${P}`);
    expect((await describe()).stderr).toMatch(/PERMISSION_DENIED/);
    await bindings('create');
    expect((await must(describe())).stdout).toContain('repositories/images');
    const effective = `bindings list --effective --parent=${REPOSITORY} --location=${REGION}`;
    expect(await tags(`${effective} --format=value(namespacedTagValue)`)).toBe(`${P}/env/prod`);
    expect((await plane.gcloud(OWNER, `resource-manager tags values delete ${P}/env/prod`)).stderr).toMatch(
      /still attached/,
    );
    await bindings('delete');
    expect((await describe()).stderr).toMatch(/PERMISSION_DENIED/);
    await tags(`values delete ${P}/env/prod`);
    await tags(`keys delete ${P}/env`);
  });

  it('is told by the linter what is wrong with a condition', async () => {
    const lint = (expression: string) =>
      gcloud([
        ...'alpha iam policies lint-condition --title=t --format=value(lintResults.validationUnitName)'.split(
          ' ',
        ),
        `--expression=${expression}`,
      ]);
    expect(await lint('1 < 2')).toBe('');
    expect(await lint("request.time < timestamp('2000-01-01T00:00:00Z')")).toBe(
      'LintValidationUnits/DateTimeCheck',
    );
  });
});
