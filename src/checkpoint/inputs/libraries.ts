/**
 * The library that resource files need, loaded when the first one is read. (A bundle has no names for what is imported
 * dynamically from a CommonJS package; it has them for a module of its own.)
 */
export { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
