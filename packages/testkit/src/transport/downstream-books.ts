import type { Condition, WireValue } from "@syncline/core/spi";
import type { HttpReceivedCall, HttpReceivedItem } from "./received-over-http.ts";

/** What a downstream holds of one key. */
export interface KeptKey {
  readonly path: string;
  readonly key: Condition | undefined;
  /** As the last call that was taken had it; `null` after a delete. */
  readonly body: WireValue;
  readonly operation: "upsert" | "delete";
  /** Of what was taken last. */
  readonly revision: string | undefined;
  /** Of everything that was taken, in order: one that stands twice was delivered twice. */
  readonly deliveryIds: readonly string[];
  /** How often something was taken whose revision was lower than what was there: what a fence would have dropped. */
  readonly regressions: number;
}

/** What a downstream has taken, by path and key. */
export class DownstreamBooks {
  readonly #kept = new Map<string, KeptKey>();

  keep(call: HttpReceivedCall, item: HttpReceivedItem): void {
    const name = nameOf(call.path, item.key);
    const before = this.#kept.get(name);
    const older = BigInt(item.revision ?? 0) < BigInt(before?.revision ?? 0);
    this.#kept.set(name, {
      path: call.path,
      key: item.key,
      body: item.body,
      operation: call.operation,
      revision: item.revision,
      deliveryIds: [...(before?.deliveryIds ?? []), ...(item.deliveryId === undefined ? [] : [item.deliveryId])],
      regressions: (before?.regressions ?? 0) + (older ? 1 : 0),
    });
  }

  /** `key` as it comes in the envelope; without envelopes everything of a path is one key, `undefined`. */
  of(path: string, key?: Condition): KeptKey | undefined {
    return this.#kept.get(nameOf(path, key));
  }

  all(): readonly KeptKey[] {
    return [...this.#kept.values()];
  }
}

function nameOf(path: string, key: Condition | undefined): string {
  const fields = Object.entries(key ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([path, fields]);
}
