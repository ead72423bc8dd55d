/** From one version of the contracts to another, both inclusive. */
export interface SpecVersionRange {
  readonly from: number;
  readonly to: number;
}

/** What adapters, transports and plugins say of the contracts that they were written against. */
export interface Versioned {
  /**
   * The version of the contracts, or the range of those that the part works with: one that does
   * without what only newer versions have.
   */
  readonly specVersion: 1 | SpecVersionRange;
  /**
   * The oldest release of `@syncline/core` that the part works with, `0.3.0`, as its package's peer
   * dependency says it: for what is newer than a version of the contracts can tell. An older core
   * refuses the part, and names both.
   */
  readonly needsCore?: string;
}
