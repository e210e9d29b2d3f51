/**
 * The library that writes YAML, loaded when a piece of an estate is written. (A bundle has no names for what is
 * imported dynamically from a CommonJS package; it has them for a module of its own.)
 */
export { stringify } from 'yaml';
