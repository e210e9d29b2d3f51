/** The plane as a source of facts: for those who ask it from outside, and for estate files that no plane runs. */
export { factsCalls } from './calls.js';
export { contentsCalls } from './contents.js';
export { type EstateSource, type EstateSourceOptions, estateSource } from './estate-source.js';
export { roomsSource } from './rooms-source.js';
