import type { Outcome, WireValue } from "@syncline/core/spi";

/** One call of a pipeline, as somebody who looks on sees it. Secrets are not among it. */
export interface InspectedCall {
  /** Of this process: digits, growing. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly strategy: string;
  readonly downstream: string | undefined;
  readonly operation: "upsert" | "delete";
  readonly keys: readonly unknown[];
  readonly attempt: number;
  /** As the transport describes it; without that, what it was given. */
  readonly request: { readonly [part: string]: WireValue };
  /** `recorded`: it was answered here, and nothing was sent. */
  readonly outcome: "recorded" | Outcome;
}

/** The last calls of a pipeline: for development, and not for production. */
export interface CallSource {
  /** Whether calls go out. */
  readonly sends: boolean;
  /** The newest first. Whoever keeps them bounds them. */
  list(): readonly InspectedCall[];
}
