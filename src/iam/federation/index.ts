/** Who the holder of an identity provider's token is: attribute mappings and conditions of workload identity pools. */
export type { Json } from './expressions.js';
export {
  type Mapped,
  type MappedIdentity,
  mapAssertion,
  type ProviderRules,
  providerRulesProblem,
} from './mapping.js';
