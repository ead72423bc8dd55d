import type { Pipeline } from "@syncline/core";
import { TOKENS } from "@syncline/core";
import type { RoutedDelivery, Settlement } from "@syncline/core/spi";
import { watchPoller } from "./watch-poller.ts";

/** What happened to one strategy's changes so far. */
export interface Tally {
  /** Recorded changes that concern the strategy. */
  changes: number;
  /** Keys brought up to date: what the downstream accepted. */
  delivered: number;
  /** Of those, keys whose row was gone, or had left the filter: the downstream was told to delete them. */
  absent: number;
  calls: number;
  /** Put back without a mark, because the downstream was away. */
  putBack: number;
  /** Failed on their own account, and sent again. */
  retried: number;
  dead: number;
  /** Why nothing is sent at the moment. */
  closed: string | undefined;
}

/** Counts what a pipeline does, by strategy: its events say most of it, its poller the rest. */
export class Scoreboard {
  readonly #tallies = new Map<string, Tally>();
  readonly #recordedAt = new Map<string, number>();

  /** Call it before the pipeline starts: a part is wrapped when it is made. */
  watch<Tx>(pipeline: Pipeline<Tx>): void {
    pipeline.container.onActivation(TOKENS.Poller, (_, poller) =>
      watchPoller(poller, {
        routed: (deliveries) => this.#countChanges(deliveries),
        claimed: (claims) => {
          for (const { strategy, revision, firstRecordedAt } of claims)
            this.#recordedAt.set(`${strategy} ${revision}`, firstRecordedAt);
        },
        settled: (settlements) => this.#countSettlements(settlements),
      }),
    );
    pipeline.on("delivered", ({ strategy, operation, items }) => {
      const tally = this.of(strategy);
      tally.calls += 1;
      tally.delivered += items.length;
      if (operation === "delete") tally.absent += items.length;
    });
    pipeline.on("circuitOpened", ({ strategy, failure }) => {
      this.of(strategy).closed = failure.message;
    });
    pipeline.on("circuitClosed", ({ strategy }) => {
      this.of(strategy).closed = undefined;
    });
  }

  get strategies(): readonly string[] {
    return [...this.#tallies.keys()];
  }

  of(strategy: string): Tally {
    const found = this.#tallies.get(strategy) ?? {
      changes: 0,
      delivered: 0,
      absent: 0,
      calls: 0,
      putBack: 0,
      retried: 0,
      dead: 0,
      closed: undefined,
    };
    this.#tallies.set(strategy, found);
    return found;
  }

  /** When the oldest change was recorded that a delivery with this revision carries: epoch milliseconds, database clock. */
  recordedAt(strategy: string, revision: string): number | undefined {
    return this.#recordedAt.get(`${strategy} ${revision}`);
  }

  #countChanges(deliveries: readonly RoutedDelivery[]): void {
    for (const { strategy, changes } of deliveries) this.of(strategy).changes += changes;
  }

  #countSettlements(settlements: readonly Settlement[]): void {
    for (const { result, claim } of settlements) {
      const tally = this.of(claim.strategy);
      if (result === "released") tally.putBack += 1;
      else if (result === "retry") tally.retried += 1;
      else if (result !== "accepted") tally.dead += 1;
    }
  }
}
