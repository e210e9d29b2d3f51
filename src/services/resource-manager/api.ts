import type { Api } from '../../google/index.js';
import type { ResourceManagerDeps } from './changes.js';
import { olderHierarchy } from './unserved.js';
import { v1Methods } from './v1.js';
import { v3Methods } from './v3.js';

/** Resource Manager, v1 and v3: the same projects. */
export function resourceManagerApi(deps: ResourceManagerDeps): Api {
  const v1 = v1Methods(deps);
  const v3 = v3Methods(deps);
  return {
    host: 'cloudresourcemanager.googleapis.com',
    regional: false,
    methods: [...v1.methods, ...v3.methods, ...olderHierarchy],
    access: { ...v1.access, ...v3.access },
  };
}
