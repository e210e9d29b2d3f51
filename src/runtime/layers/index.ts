/** Image layers: blobs checked, scanned and unpacked into directories, never more than once. */
export { LayerStore } from './store.js';
