/** Proofs of fixes: each fix tried out on a throw-away plane, and taken away again. */
export { CannotProve, type Obstacle } from './cannot.js';
export { type Proof, type ProveOptions, prove, type Trial } from './prove.js';
