/**
 * The store: versioned JSON rows under string keys, behind one narrow asynchronous interface. Whoever owns a
 * prefix owns the shape of its rows. Imports no other room.
 */
export * from './sqlite.js';
export * from './store.js';
