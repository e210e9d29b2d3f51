/** A running plane: its own check, and itself as a source of facts. */
export { type PlaneAddress, PlaneError, type PlaneProblem } from './call.js';
export { checkOnPlane } from './check.js';
export { inventoryOfPlane, planeInventory } from './inventory.js';
export { planeSource } from './source.js';
