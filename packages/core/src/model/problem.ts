/** One thing that is wrong with an input, and where. */
export interface Problem {
  /** Where: a path such as `strategies.crm-orders.path` or `changes[3].condition.orderId`. */
  readonly at: string;
  /** What is wrong and what to do about it, one sentence. Never contains a secret. */
  readonly message: string;
}

/** A place inside another: `changes[3]` and `condition.orderId` make `changes[3].condition.orderId`. */
export function placeIn(outer: string, inner: string): string {
  return inner === "" ? outer : `${outer}.${inner}`;
}
