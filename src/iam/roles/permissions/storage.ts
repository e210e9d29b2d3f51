/** Cloud Storage: buckets and objects, as far as source deploys and gcr.io images need them. */
import { all, permissions } from '../notation.js';

export const objectsRead = permissions('storage', { objects: 'get list' });
export const objectsReadAndCreate = all(objectsRead, 'storage.objects.create');
export const objectsEdit = permissions('storage', { objects: 'get list create update delete' });

export const bucketsRead = permissions('storage', { buckets: 'get list' });
export const bucketsCreate = permissions('storage', { buckets: 'get create' });

/** Sources in, artifacts and logs out. */
export const build = all(objectsEdit, bucketsRead, bucketsCreate);

export const everything = permissions('storage', {
  objects: 'get list create update delete',
  buckets: 'get list create getIamPolicy setIamPolicy',
});
