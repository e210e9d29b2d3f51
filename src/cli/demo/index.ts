/** The demo: both stories on a plane of its own, shown step by step, checked, and removed again. */
export { type DemoOptions, demo } from './demo.js';
