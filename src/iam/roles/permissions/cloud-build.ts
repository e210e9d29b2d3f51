/** Cloud Build: builds and the operations behind them. */
import { all, permissions } from '../notation.js';

export const read = permissions('cloudbuild', { 'builds operations locations': 'get list' });

export const edit = all(read, permissions('cloudbuild', { builds: 'create update' }));

/** What a build itself, or a service that builds, works with: private pools too. */
export const build = all(edit, 'cloudbuild.workerpools.use');

export const everything = all(build, 'cloudbuild.builds.approve');
