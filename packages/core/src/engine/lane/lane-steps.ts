import type { SyncCall } from "../../contracts/sync-invoker.ts";
import type { Placed } from "../../model/bag.ts";
import type { Settlement } from "../../model/delivery.ts";
import type { Failure, Outcome } from "../../model/outcome.ts";
import type { PipelineEvent, PipelineEvents } from "../events.ts";
import type { Watched } from "../observers.ts";
import type { KeyReading } from "../read/key-reading.ts";
import type { Read } from "../read/read-queue.ts";
import type { Delivery, LeaseLoss } from "./delivery.ts";

/** One call under way. */
export interface Call extends Placed {
  readonly deliveries: readonly Delivery[];
  readonly request: SyncCall;
  readonly timeoutMs: number;
  /** How many calls of the lane had been answered well when this one began. */
  readonly passesBefore: number;
  /** Its runner's, while it is under way. */
  attempt: { abort(reason: string): void } | undefined;
  /** The same. */
  watched: Watched<Outcome> | undefined;
}

/** What happens to a lane. */
export type LaneEvent =
  /** Keys are being leased for it: they may be read meanwhile. */
  | { readonly on: "leasing"; readonly keys: readonly string[]; readonly token: string }
  /** `isLive`: a dispatch has leased live changes as it wrote them. */
  | { readonly on: "claimed"; readonly deliveries: readonly Delivery[]; readonly isLive: boolean }
  /** One reading per key of the read, in their order. */
  | { readonly on: "read"; readonly read: Read; readonly readings: readonly KeyReading[] }
  /** @param atDeadline the call was still under way at its deadline. */
  | { readonly on: "answered"; readonly call: Call; readonly outcome: Outcome; readonly atDeadline: boolean }
  /** What the downstream's check found wrong. */
  | { readonly on: "checked"; readonly failure: Failure | undefined }
  | { readonly on: "lease-lost"; readonly delivery: Delivery; readonly how: LeaseLoss }
  /** Its time has come, or something that it waited for is free. */
  | { readonly on: "due" }
  /** Take nothing more in, and put back what has not been sent. */
  | { readonly on: "retire" };

type Tell = {
  readonly [Event in PipelineEvent]: {
    readonly do: "tell";
    readonly event: Event;
    readonly payload: PipelineEvents[Event];
  };
}[PipelineEvent];

/** What a lane wants done. Its runner does the first group, the engine the rest. */
export type LaneEffect =
  | { readonly do: "read"; readonly read: Read }
  | { readonly do: "call"; readonly call: Call }
  | { readonly do: "abort"; readonly call: Call; readonly reason: string }
  | { readonly do: "check" }
  /** `due`, after so many milliseconds; replaces an earlier wish. */
  | { readonly do: "wake"; readonly inMs: number }
  /** `due`, once all that has come in by now has been told. */
  | { readonly do: "wake-soon" }
  /** Another lane may read a large item. */
  | { readonly do: "free-turn" }
  /** A strategy's `map` threw; without an error: it works. */
  | { readonly do: "judge-map"; readonly error?: unknown }
  | EngineEffect;

/** What leaves the lane. */
export type EngineEffect =
  | { readonly do: "settle"; readonly delivery: Delivery; readonly settlement: Settlement }
  /** @param giveBack nothing was sent, and as far as is known nobody else has leased it. */
  | { readonly do: "lose"; readonly delivery: Delivery; readonly giveBack: boolean }
  /** `room`: claim if there may be more. `probe`: the circuit lets a single call through. */
  | { readonly do: "ask-for-claims"; readonly why: "room" | "probe" }
  | Tell;
