import type { RefusedChange } from "../../model/change.ts";
import type { Claim, RoutedDelivery } from "../../model/delivery.ts";
import type { EventHub } from "../events.ts";
import { byStrategy, withoutBackfill } from "./claims-by-lane.ts";
import type { OwnRouting } from "./router.ts";

/** What the last dispatch routed, until it is known what it has written. */
export class LastDispatch {
  readonly #events: EventHub;
  readonly #readEarly: (strategy: string, keys: readonly string[], token: string) => void;
  #refused: readonly RefusedChange[] = [];
  #leasedBackfill: readonly RoutedDelivery[] = [];
  #counts: ReadonlyMap<string, number> = new Map();
  #unwanted: ReadonlyMap<string, number> | undefined;
  /** Categories that no strategy in force wants, as far as that was told. */
  readonly #toldUnwanted = new Set<string>();
  #folds = false;

  /** @param readEarly these are being leased: they may be read meanwhile. */
  constructor(events: EventHub, readEarly: (strategy: string, keys: readonly string[], token: string) => void) {
    this.#events = events;
    this.#readEarly = readEarly;
  }

  routed(routing: OwnRouting, token: string): void {
    this.#refused = routing.refused;
    this.#leasedBackfill = routing.leasedBackfill;
    this.#counts = routing.counts;
    this.#unwanted = routing.unwanted;
    if (!this.#folds) this.#read(routing.deliveries, token);
  }

  /** Not what goes out one by one: of a key that changes often, nothing may be leased. */
  #read(deliveries: readonly RoutedDelivery[], token: string): void {
    const keys = new Map<string, string[]>();
    for (const { strategy, key, ordinal, lease } of deliveries) {
      if (lease === undefined || ordinal !== "0") continue;
      const own = keys.get(strategy);
      if (own === undefined) keys.set(strategy, [key]);
      else own.push(key);
    }
    for (const [strategy, own] of keys) this.#readEarly(strategy, own, token);
  }

  /** @param folds whether changes fold at present. */
  committed(folds: boolean): void {
    if (this.#refused.length > 0) this.#events.emit("refused", { changes: this.#refused });
    if (this.#unwanted !== undefined) this.#tellUnwanted(this.#unwanted);
    this.#folds = folds;
    this.#refused = [];
  }

  /** Once for a category, until other strategies are in force. */
  #tellUnwanted(unwanted: ReadonlyMap<string, number>): void {
    for (const [category, changes] of unwanted) {
      if (this.#toldUnwanted.has(category)) continue;
      this.#toldUnwanted.add(category);
      this.#events.emit("unwanted", { category, changes });
    }
    this.#unwanted = undefined;
  }

  strategiesChanged(): void {
    this.#toldUnwanted.clear();
  }

  hasWrittenFor(strategy: string): boolean {
    return this.#counts.has(strategy);
  }

  /** Strategies for which it has written more than it leased. */
  leftToClaim(claims: readonly Claim[]): readonly string[] {
    const leased = byStrategy(claims);
    return [...this.#counts].flatMap(([name, count]) => (count > (leased.get(name)?.length ?? 0) ? [name] : []));
  }

  /** What it leased, apart by what had made the changes. Call once. */
  leased(claims: readonly Claim[]): ReturnType<typeof withoutBackfill> {
    const parted = withoutBackfill(claims, this.#leasedBackfill);
    this.#leasedBackfill = [];
    return parted;
  }
}
