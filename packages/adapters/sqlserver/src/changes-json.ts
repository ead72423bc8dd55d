import type { Change } from "@syncline/core/spi";

/** Changes as one parameter, with their positions: a set of rows has no order of its own. */
export function changesJson(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map(({ category: c, key: k, operation: o, traceparent }, n) =>
      traceparent ? { n, c, k, o, t: traceparent } : { n, c, k, o },
    ),
  );
}
