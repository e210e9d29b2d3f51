/** Image layers: blobs checked, scanned and unpacked into directories, never more than once. */
export { decompressor } from './decompress.js';
export { DEFAULT_LIMITS, LayerStore } from './store.js';
export { encodeHeader, padding } from './tar-header.js';
export { checkLayer } from './unpack.js';
