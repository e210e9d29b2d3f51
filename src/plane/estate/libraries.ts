/**
 * The libraries that estate files need, to be loaded together when the first file is read or written. (A bundle has
 * no names for what is imported dynamically from a CommonJS package; it has them for a module of its own.)
 */
export { Ajv2020 } from 'ajv/dist/2020.js';
export { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
