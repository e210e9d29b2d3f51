/** The Logging query language: from a filter's text to a function over entries. */
export { type TimeBounds, timeBounds } from './bounds.js';
export { compileExpression, compileFilter, type Matcher } from './compile.js';
export { parseFilter } from './parser.js';
