import { aborted } from '../../google/index.js';

export const concurrent = () =>
  aborted('There were concurrent changes to the service account. Please retry the whole read-modify-write.');
