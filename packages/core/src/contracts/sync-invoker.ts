import type { Absence } from "../model/absence.ts";
import type { Condition } from "../model/condition.ts";
import type { Failure, Outcome } from "../model/outcome.ts";
import type { WireValue } from "../model/wire.ts";

/** One key's content. */
export interface SyncItem {
  /** Bound to the content: the same on every attempt of the same content, another for any other. Send it along. */
  readonly deliveryId: string;
  /** The key, canonical. */
  readonly key: Condition;
  /** Decimal digits; grows per key. A receiver may drop what has a lower one. Send it along. */
  readonly revision: string;
  /** The strategy's `versionColumn`, where it names one: a better fence than the revision. */
  readonly version: string | undefined;
  /** Of a delete: why the key has no row. */
  readonly absence?: Absence | undefined;
  /** The document; for `rows: "many"` a list of them; for a delete `null`. Frozen or treated so. */
  readonly body: WireValue;
  /** `body` as JSON text, so that it is printed once. */
  readonly json: string;
}

/** One call: items of one strategy and one operation. */
export interface SyncCall {
  /** The item's delivery id; for several, bound to all of them in their order. Send it as the idempotency key. */
  readonly callId: string;
  readonly strategy: string;
  readonly category: string;
  /** `delete`: the keys' rows are gone, or have left the strategy's filter. */
  readonly operation: "upsert" | "delete";
  readonly path: string;
  readonly method: string | undefined;
  readonly options: { readonly [name: string]: WireValue };
  /** Whether the strategy sends lists: then even one item is a list of one. */
  readonly batched: boolean;
  /** At least one; exactly one if not `batched`. */
  readonly items: readonly SyncItem[];
  /** How often this was tried before, at least 1 for the first. For logs. */
  readonly attempt: number;
}

export interface InvokeContext {
  /**
   * Fires at the deadline, when the worker stops, and when the lease is lost. Private to this call:
   * adding listeners is free. Made when it is first asked for: `isAborted`, `onAbort` and `offAbort`
   * of the transport kit do without one, which saves 4 µs a call.
   */
  readonly signal: AbortSignal;
  /** Epoch milliseconds at which `signal` fires. */
  readonly deadline: number;
  /** W3C trace context headers (`traceparent`, `tracestate`); empty when nobody traces. */
  readonly trace: { readonly [header: string]: string };
}

/** One attempt at calling one downstream; says what became of each item. */
export interface SyncInvoker {
  /**
   * One attempt. Owed: resolves with an outcome whatever happens, soon after `signal` fires; never retries, queues or
   * batches; changes nothing of `call`. A throw is a bug: core counts it as `transient` and reports it loudly.
   */
  invoke(call: SyncCall, context: InvokeContext): Promise<Outcome>;
  /** A cheap probe without effect downstream. Resolves with what is wrong, or `undefined`. */
  check?(context: InvokeContext): Promise<Failure | undefined>;
  /** The request that `invoke` would make of this call, for a person's eyes: no I/O, no secrets. */
  describe?(call: SyncCall): { readonly [part: string]: WireValue };
  /** Release sockets. Called once, after the last `invoke` has ended. */
  close?(): Promise<void>;
}
