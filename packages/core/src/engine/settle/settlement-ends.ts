import type { Claim, SettleEffect, Settlement } from "../../model/delivery.ts";
import type { EventHub } from "../events.ts";
import type { ParentWatch } from "./parent-watch.ts";

/** What became of settlements, and who is told. */
export class SettlementEnds {
  readonly #events: EventHub;
  readonly #parents: ParentWatch;
  readonly #wake: () => void;
  /** Of leases that ran short: they have been reported as late already. */
  readonly #givenBack = new WeakSet<Settlement>();

  /** @param wake something is due now. */
  constructor(events: EventHub, parents: ParentWatch, wake: () => void) {
    this.#events = events;
    this.#parents = parents;
    this.#wake = wake;
  }

  /** It was not sent. Whoever claims it after its lease has lapsed cannot know that: they would count an attempt, or hold it. */
  giveBack(claim: Claim): Settlement {
    const settlement: Settlement = { result: "released", claim, delayMs: 0 };
    this.#givenBack.add(settlement);
    return settlement;
  }

  settled(settlement: Settlement, effect: SettleEffect): void {
    const { strategy, key, attempts } = settlement.claim;
    if (effect !== "late") this.#parents.settled(settlement);
    if (effect === "late") {
      if (!this.#givenBack.has(settlement)) this.#events.emit("late", { strategy, key });
    } else if (effect === "again") {
      // Newer changes came while it was under way: it is due again now.
      this.#wake();
    } else if (settlement.result === "retry") {
      const { delayMs, failure } = settlement;
      this.#events.emit("retried", { strategy, key, attempt: attempts + 1, delayMs, failure });
    } else if (settlement.result === "dead" || settlement.result === "held") {
      this.#events.emit(settlement.result, { strategy, key, failure: settlement.failure });
    }
  }
}
