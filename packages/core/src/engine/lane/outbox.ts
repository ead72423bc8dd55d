import type { Settlement } from "../../model/delivery.ts";
import type { Failure, FailureKind } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { PipelineEvent, PipelineEvents } from "../events.ts";
import type { Blame } from "../failure-policy.ts";
import type { DependencyWaits } from "../settle/dependency-waits.ts";
import { settleFailure } from "../settle/settle-failure.ts";
import { type Delivery, isOver } from "./delivery.ts";
import type { LaneEffect } from "./lane-steps.ts";

export interface OutboxParts {
  readonly strategy: Strategy;
  readonly waits: DependencyWaits;
  readonly random: () => number;
  /** Whether anybody would hear of it. */
  readonly hasListeners: (event: PipelineEvent) => boolean;
  /** Told of each delivery once, when it is settled or lost. */
  readonly onEnd: (delivery: Delivery) => void;
}

/** What a step of a lane wants done, in order, and every way in which a delivery can end. */
export class Outbox {
  readonly #parts: OutboxParts;
  #effects: LaneEffect[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  add(effect: LaneEffect): void {
    this.#effects.push(effect);
  }

  /** All since the last time. */
  take(): readonly LaneEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  tell<Event extends PipelineEvent>(event: Event, payload: PipelineEvents[Event]): void {
    this.add({ do: "tell", event, payload } as LaneEffect);
  }

  accept(deliveries: readonly Delivery[]): void {
    const operation = deliveries[0]?.prepared?.operation;
    if (operation === undefined) return;
    for (const delivery of deliveries) this.#settle(delivery, { result: "accepted", claim: delivery.claim });
    const event = this.#parts.strategy.mode === "shadow" ? "shadowed" : "delivered";
    // Not made for nobody: this is the hot path.
    if (!this.#parts.hasListeners(event)) return;
    const items = deliveries.flatMap(({ prepared }) => {
      if (prepared === undefined) return [];
      const { deliveryId, key, revision, absence } = prepared.item;
      return [{ deliveryId, key, revision, ...(absence === undefined ? {} : { absence }) }];
    });
    this.tell(event, { strategy: this.#parts.strategy.name, operation, items });
  }

  /** Keys without rows, of a strategy that skips them. */
  skip(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) this.#settle(delivery, { result: "accepted", claim: delivery.claim });
    this.tell("absent", { strategy: this.#parts.strategy.name, keys: deliveries.map(({ claim }) => claim.key) });
  }

  /**
   * Each ends as its failure says.
   *
   * @param releaseMs how long it waits if the failure costs it nothing.
   */
  fail(failed: readonly (readonly [Delivery, Failure, Blame])[], releaseMs: (failure: Failure) => number): void {
    if (failed.length === 0) return;
    const { strategy, waits, random } = this.#parts;
    const released = new Map<FailureKind, number>();
    for (const [delivery, failure, blame] of failed) {
      const settlement = settleFailure(strategy, delivery.claim, failure, blame, releaseMs(failure), waits, random);
      if (settlement.result === "released") released.set(failure.kind, (released.get(failure.kind) ?? 0) + 1);
      this.#settle(delivery, settlement);
    }
    for (const [reason, count] of released) this.tell("released", { strategy: strategy.name, count, reason });
  }

  /** Put back without a mark. */
  release(deliveries: readonly Delivery[], reason: FailureKind | "stopped" | "window", delayMs = 0): void {
    let count = 0;
    for (const delivery of deliveries) {
      if (isOver(delivery)) continue;
      count += 1;
      this.#settle(delivery, { result: "released", claim: delivery.claim, delayMs });
    }
    if (count > 0) this.tell("released", { strategy: this.#parts.strategy.name, count, reason });
  }

  /** @param giveBack nothing of it was sent, and as far as is known nobody else has leased it. */
  lose(delivery: Delivery, giveBack: boolean): void {
    delivery.state = "lost";
    this.#parts.onEnd(delivery);
    this.add({ do: "lose", delivery, giveBack });
  }

  #settle(delivery: Delivery, settlement: Settlement): void {
    delivery.state = "settled";
    const { onEnd, waits } = this.#parts;
    if (waits.size > 0 && settlement.result !== "released" && settlement.result !== "retry")
      waits.forget(delivery.claim);
    onEnd(delivery);
    this.add({ do: "settle", delivery, settlement });
  }
}
