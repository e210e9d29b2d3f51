/** Binary Authorization: attestors, and the policies that say which images may run. */
import { all, permissions } from '../notation.js';

export const attestorsRead = permissions('binaryauthorization', { attestors: 'get list' });
export const attestorsVerify = all(attestorsRead, 'binaryauthorization.attestors.verifyImageAttested');
export const attestorsEdit = all(
  attestorsVerify,
  permissions('binaryauthorization', { attestors: 'create update delete' }),
);
export const attestorsAdmin = all(
  attestorsEdit,
  permissions('binaryauthorization', { attestors: 'getIamPolicy setIamPolicy' }),
);

/** Ask whether an image may run. */
export const evaluate = permissions('binaryauthorization', { 'policy platformPolicies': 'evaluatePolicy' });

const platformPoliciesRead = permissions('binaryauthorization', {
  policy: 'get',
  platformPolicies: 'get list',
});
export const policyRead = all(platformPoliciesRead, 'binaryauthorization.continuousValidationConfig.get');
export const policyEvaluate = all(platformPoliciesRead, evaluate);
export const policyEdit = all(
  policyRead,
  policyEvaluate,
  permissions('binaryauthorization', {
    'policy continuousValidationConfig': 'update',
    platformPolicies: 'create replace delete',
  }),
);
export const policyAdmin = all(
  policyEdit,
  permissions('binaryauthorization', { 'policy continuousValidationConfig': 'getIamPolicy setIamPolicy' }),
);

export const read = all(
  attestorsVerify,
  policyRead,
  policyEvaluate,
  permissions('binaryauthorization', { 'attestors policy continuousValidationConfig': 'getIamPolicy' }),
);

export const edit = all(read, attestorsEdit, policyEdit);

export const everything = all(attestorsAdmin, policyAdmin);
