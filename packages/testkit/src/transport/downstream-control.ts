import type { Condition, FailureKind, WireValue } from "@syncline/core/spi";

/**
 * A refusal that the downstream can make of a whole call. `dependency` is none: no protocol has a
 * word for it, only an interface, which options tell of.
 */
export type RefusalKind = Exclude<FailureKind, "throttled" | "cancelled" | "dependency">;

/** What the downstream does with one call, in no protocol's terms. */
export type DownstreamAct =
  /** Takes it. `times`: as often as that, like a receiver that does not look at the idempotency key. */
  | { readonly act: "accept"; readonly times?: number }
  /** Refuses it with its protocol's word for `kind`. `echo`: and repeats all it was sent in its answer, credentials too. */
  | { readonly act: "refuse"; readonly kind: RefusalKind; readonly echo?: boolean }
  | { readonly act: "throttle"; readonly retryAfterMs: number }
  /** Takes the items but for these positions, and says so. */
  | { readonly act: "refuse-items"; readonly indices: readonly number[] }
  /** Receives the call and never answers. `keep`: having taken it. */
  | { readonly act: "hang"; readonly keep?: boolean }
  /** Breaks the connection. `keep`: having taken the call. */
  | {
      readonly act: "cut";
      readonly when: "before-receiving" | "before-answering" | "while-answering";
      readonly keep?: boolean;
    }
  /** Begins a good answer and never comes to its end. */
  | { readonly act: "trickle" }
  /** A good answer, so many bytes long. */
  | { readonly act: "giant"; readonly bytes: number }
  /** An answer that is not of the protocol. */
  | { readonly act: "garble" }
  /** Claims that the call belongs to another address, which would take it. */
  | { readonly act: "divert" };

export interface ReceivedItem {
  readonly key: Condition | undefined;
  /** As it came with the item, or with the call of a single item. */
  readonly revision: string | undefined;
  /** `null` for a delete. */
  readonly body: WireValue;
}

export interface ReceivedCall {
  /** The idempotency key. */
  readonly callId: string | undefined;
  readonly operation: "upsert" | "delete";
  /** `traceparent` and `tracestate`, where they came. */
  readonly trace: { readonly [header: string]: string };
  readonly items: readonly ReceivedItem[];
  /** Whether it came as a list, even of one; left out where the protocol does not tell the two apart. */
  readonly isList?: boolean;
}

/** A downstream that does as it is told, seen from a check. */
export interface DownstreamControl {
  /** How the next calls are met, in order; those after them are accepted. */
  next(...acts: readonly DownstreamAct[]): void;
  /** Every call that came in whole, in order of arrival. */
  readonly received: readonly ReceivedCall[];
  /** Calls that came to the address which `divert` names. */
  readonly diverted: number;
  /** Connections that stand at present. */
  readonly connections: number;
  /** Bytes of `giant` answers that could be written before the caller went away. */
  readonly answeredBytes: number;
  /** Nobody can connect any more, and whoever was connected no longer is. */
  stop(): Promise<void>;
  /** Reachable again, at the address from before. */
  start(): Promise<void>;
}
