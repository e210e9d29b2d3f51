/** How v1 spells what instances run. */
import { badField } from '../../google/index.js';
import type { Fields } from '../run/fields.js';
import type { InstanceDialect } from '../run/instance.js';
import { UNSUPPORTED } from '../run/unsupported.js';
import type { InstanceAnnotations } from './instance-annotations.js';

const SECRET_ID = /^[A-Za-z0-9_-]{1,255}$/;

/**
 * For `parseInstance`.
 * @param annotated what the template's annotations say of its instances
 */
export function v1Dialect(annotated: InstanceAnnotations): InstanceDialect {
  const secretOf = (fields: Fields, name: string) => {
    const given = fields.string(name) ?? '';
    if (given === '') throw badField(fields.at(name), 'This field is required.');
    const secret = annotated.secrets.get(given) ?? given;
    if (secret === given && !SECRET_ID.test(given))
      throw badField(
        fields.at(name),
        `'${given}' is no name of a secret, nor of an alias in the annotations.`,
      );
    return secret;
  };
  return {
    account: 'serviceAccountName',
    executionEnvironment: () => annotated.executionEnvironment,
    checkNames: (names) => {
      const unknown = Object.keys(annotated.dependencies).find((name) => !names.includes(name));
      if (unknown !== undefined)
        throw badField(annotated.dependenciesPath, `'${unknown}' is no container of the template.`);
    },
    secretSource: 'valueFrom',
    secret: (reference) => {
      const name = secretOf(reference, 'name');
      const version = reference.string('key') || 'latest';
      reference.skip('optional');
      return { name, version };
    },
    cpu: () => annotated.cpu,
    dependsOn: (_, name) => annotated.dependencies[name] ?? [],
    volumeSecret: (source) => secretOf(source, 'secretName'),
    itemVersion: 'key',
    mediums: ['Memory'],
    meaninglessInSources: ['optional'],
    unsupported: UNSUPPORTED.v1,
    meaningless: ['imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'],
  };
}
