/** The propagation delay on the command line: reading the options, and what is said of them. */
export * from './delay.js';
export * from './messages.js';
