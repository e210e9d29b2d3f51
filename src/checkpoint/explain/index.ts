/** Explanations of a check: the whole evaluation of each requirement, for people and for programs. */
export * from './explanation.js';
export * from './holders.js';
export * from './text.js';
export * from './with-explanations.js';
