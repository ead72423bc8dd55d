import type { SyncInvoker } from "../contracts/sync-invoker.ts";
import type { SampledKey, Sent, ShadowCounts } from "../engine/call/shadow.ts";
import type { Faults } from "../engine/guard/faults.ts";
import type { Strategy } from "../model/strategy.ts";
import type { WireValue } from "../model/wire.ts";
import { type Preview, requestOf } from "./preview.ts";

/** What was sent for a key, or would have been. */
export interface ShadowedCall {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly operation: "upsert" | "delete";
  /** `undefined`: it is larger than 65,536 characters, or a delete's. */
  readonly body: WireValue | undefined;
  /** The request, as far as its transport can tell; without credentials. */
  readonly request: Preview["request"];
}

export interface ShadowedKey {
  /** Canonical condition text. */
  readonly key: string;
  /** `undefined`: it has sent nothing for this key, as far as is known here. */
  readonly shadow: ShadowedCall | undefined;
  /** The same of the strategy that the shadow is held against. */
  readonly live: ShadowedCall | undefined;
  /** Whether both do the same with the same content; `undefined` where that cannot be told. */
  readonly isSame: boolean | undefined;
}

/** What a shadow did, in this process and since it came into force here as it is. */
export interface ShadowReport {
  readonly strategy: string;
  /** What it is held against. */
  readonly shadowOf: string | undefined;
  /** Items that would have been sent. */
  readonly counts: ShadowCounts;
  /** Twenty keys at most: first those that both have sent, the newest of them first. */
  readonly sample: readonly ShadowedKey[];
}

export interface ShadowReportParts {
  readonly invokerOf: (downstream: string) => SyncInvoker;
  readonly faults: Faults;
  readonly strategy: (name: string) => Strategy | undefined;
}

export function shadowReport(
  shadow: Strategy,
  { counts, sample }: { readonly counts: ShadowCounts; readonly sample: readonly SampledKey[] },
  parts: ShadowReportParts,
): ShadowReport {
  const live = shadow.shadowOf === undefined ? undefined : parts.strategy(shadow.shadowOf);
  return {
    strategy: shadow.name,
    shadowOf: shadow.shadowOf,
    counts,
    sample: sample.map((each) => ({
      key: each.key,
      shadow: callOf(shadow, each.shadow, parts),
      live: callOf(live, each.live, parts),
      isSame: isSame(each.shadow, each.live),
    })),
  };
}

function callOf(strategy: Strategy | undefined, sent: Sent | undefined, parts: ShadowReportParts) {
  if (strategy === undefined || sent === undefined) return undefined;
  const { at, operation, call } = sent;
  if (call === undefined) return { at, operation, body: undefined, request: undefined };
  const request = requestOf(strategy, call, parts.invokerOf(strategy.downstream), parts.faults);
  return { at, operation, body: call.items[0]?.body ?? undefined, request };
}

function isSame(shadow: Sent | undefined, live: Sent | undefined): boolean | undefined {
  if (shadow === undefined || live === undefined) return undefined;
  if (shadow.operation !== live.operation) return false;
  const [ours, theirs] = [shadow.call, live.call];
  if (ours === undefined || theirs === undefined) return ours === theirs ? undefined : false;
  return (
    ours.items[0]?.json === theirs.items[0]?.json &&
    ours.path === theirs.path &&
    ours.method === theirs.method &&
    JSON.stringify(ours.options) === JSON.stringify(theirs.options)
  );
}
