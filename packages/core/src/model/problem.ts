/** One thing that is wrong with an input, and where. */
export interface Problem {
  /** Where: a path such as `strategies.crm-orders.path` or `changes[3].condition.orderId`. */
  readonly at: string;
  /** What is wrong and what to do about it, one sentence. Never contains a secret. */
  readonly message: string;
}
