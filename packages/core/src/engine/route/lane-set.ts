import type { Route } from "../../contracts/poller.ts";
import type { TemplateDescription } from "../../contracts/query-runner.ts";
import type { Claim, Demand, Lease } from "../../model/delivery.ts";
import type { Problem } from "../../model/problem.ts";
import { isStrategyName } from "../../model/resolve-strategy.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { CheckedStrategies, DisabledStrategy, Origin } from "../../stores/load-strategies.ts";
import { unlessAborted } from "../../transport-kit/unless-aborted.ts";
import type { EventHub } from "../events.ts";
import type { Faults } from "../guard/faults.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";
import { CategoriesInForce, goesOn } from "./categories-in-force.ts";
import { byStrategy } from "./claims-by-lane.ts";
import { EqualityWatch } from "./equality-watch.ts";
import { isSame, judgeStrategies } from "./judge-strategies.ts";
import { LastDispatch } from "./last-dispatch.ts";
import { routedTo } from "./routed-to.ts";
import { type RoutedStrategy, Router } from "./router.ts";
import { type StandingInvalid, standingInvalid } from "./standing-invalid.ts";
import { StrategyLoads, type StrategyLoadsParts } from "./strategy-loads.ts";

export interface LaneSetParts extends StrategyLoadsParts {
  /**
   * What is wrong with a strategy beyond its own form: its template, its path, its downstream.
   * Never throws.
   */
  readonly check: (strategy: Strategy) => readonly Problem[];
  readonly open: (strategy: Strategy) => LaneRunner;
  /** Told of what is in force from now on. */
  readonly applied: (inForce: readonly Strategy[]) => void;
  /** How the database compares keys in a strategy's template; `undefined` where it cannot tell. */
  readonly describe: (strategy: Strategy, signal: AbortSignal) => Promise<TemplateDescription | undefined>;
  readonly events: EventHub;
  readonly faults: Faults;
  readonly onCategories?: (names: readonly string[]) => void;
}

/** The lanes of the strategies in force. Follows the strategy store without a restart. */
export class LaneSet {
  readonly #parts: LaneSetParts;
  readonly #lanes = new Map<string, LaneRunner>();
  readonly #retiring = new Set<LaneRunner>();
  readonly #loads: StrategyLoads;
  readonly #equality: EqualityWatch;
  readonly categories: CategoriesInForce;
  #router: Router;
  /** All strategies that changes are routed to, in working order or not. */
  #routedTo: readonly RoutedStrategy[] = [];
  #invalid: readonly StandingInvalid[] = [];
  #origins: ReadonlyMap<string, Origin> = new Map();
  #disabled: readonly DisabledStrategy[] = [];
  /** One refresh after the other: operators' commands load strategies, too. */
  #refreshed: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #lastDispatch: LastDispatch;

  constructor(parts: LaneSetParts) {
    this.#parts = parts;
    this.categories = new CategoriesInForce(parts);
    const { dictionary } = this.categories;
    this.#router = new Router(dictionary, []);
    this.#equality = new EqualityWatch(parts.describe, parts.events);
    this.#lastDispatch = new LastDispatch(parts.events, (strategy, keys, token) =>
      this.#lanes.get(strategy)?.readEarly(keys, token),
    );
    this.#loads = new StrategyLoads({ ...parts, dictionary: dictionary.inCode, inForce: dictionary });
  }

  get names(): readonly string[] {
    return [...this.#lanes.keys()];
  }

  /** Where it stands, of those that were loaded and have a form. */
  origin(name: string): Origin | undefined {
    return this.#origins.get(name);
  }

  strategy(name: string): Strategy | undefined {
    return this.#lanes.get(name)?.strategy;
  }

  /** Those that cannot work as they are written, and since when. */
  get invalid(): readonly StandingInvalid[] {
    return this.#invalid;
  }

  /**
   * All that were loaded, in working order or not; `undefined` until some were. What no strategy
   * can be called is left out.
   */
  get known(): readonly string[] | undefined {
    if (!this.#loads.isLoaded) return undefined;
    const others = [...this.#invalid, ...this.#disabled].map(({ name }) => name);
    return [...new Set([...this.#lanes.keys(), ...others])].filter(isStrategyName);
  }

  /** Those that are switched off; their keys go on collecting. */
  get disabled(): readonly string[] {
    return this.#disabled.map(({ name }) => name);
  }

  get switchedOff(): readonly DisabledStrategy[] {
    return this.#disabled;
  }

  /** The lanes in force. */
  get inForce(): readonly LaneRunner[] {
    return [...this.#lanes.values()];
  }

  /** Whether what is in force may be outdated, and nothing newer can be had now. */
  get cannotLoad(): boolean {
    return this.#loads.isFailing;
  }

  /** Load the strategies again before the next round. */
  expire(): void {
    this.#loads.expire();
  }

  refresh(signal: AbortSignal): Promise<void> {
    const refreshed = this.#refreshed.then(() => this.#refresh(signal));
    this.#refreshed = refreshed.catch(() => {});
    return refreshed;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    const { now, events } = this.#parts;
    // Beside the round: nothing waits for what is only asked again.
    if (this.#equality.isDue(now())) void this.#askAgain(signal);
    const loaded = await this.#loads.next(signal);
    if (loaded === undefined || this.#isClosed) return;
    try {
      this.#apply(loaded);
    } catch (error) {
      this.#loads.expire();
      throw error;
    }
    this.#loads.applied(loaded);
    // Before anything is routed by them: equal keys are one key.
    await this.#equality.ask(this.#strategies(), now(), signal);
    this.#route();
    const { names, disabled } = this;
    const told = { strategies: names, revision: loaded.revision, ...(disabled.length === 0 ? {} : { disabled }) };
    events.emit("strategiesLoaded", told);
  }

  /** How a dispatch routes with the strategies in force. */
  route(lease: Lease): Route {
    return (changes, strategiesRevision) => {
      const { tableRevision } = this.#loads;
      if (tableRevision !== undefined && strategiesRevision !== undefined && strategiesRevision !== tableRevision)
        return undefined;
      const routing = this.#router.route(changes, lease);
      this.#lastDispatch.routed(routing, lease.token);
      return routing;
    };
  }

  /**
   * What a dispatch taught that only counts once it is committed. Where changes fold, a key that is read ahead is likely to
   * be read again: lanes look less far ahead.
   */
  afterDispatch(folds: boolean): void {
    this.#lastDispatch.committed(folds);
    if (folds) for (const lane of this.#lanes.values()) lane.narrow();
  }

  demands(): readonly Demand[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.demand ?? []);
  }

  mostRoom(): number {
    let most = 0;
    for (const lane of this.#lanes.values()) most = Math.max(most, lane.room);
    return most;
  }

  /** Whether calls are under way somewhere, so that there will be room. */
  get isSending(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.isSending);
  }

  /** More was to be had than there was room for. */
  widen(): void {
    for (const lane of this.#lanes.values()) lane.widen();
  }

  /** What waited for a claim. */
  accept(claims: readonly Claim[], claimedAt: number): void {
    for (const [strategy, own] of byStrategy(claims)) this.#lanes.get(strategy)?.accept(own, claimedAt);
  }

  /**
   * Strategies for which the last dispatch has written more than it leased. Those that it wrote
   * nothing for have no more to claim than before.
   */
  leftToClaim(claims: readonly Claim[]): readonly string[] {
    return this.#lastDispatch.leftToClaim(claims);
  }

  /** Whether a lane that the last dispatch has written for has room: the next one can fill it. */
  get hasRoomForMore(): boolean {
    return this.demands().some(({ strategy }) => this.#lastDispatch.hasWrittenFor(strategy));
  }

  /** What the last dispatch leased as it was written. */
  acceptDispatched(claims: readonly Claim[], claimedAt: number): void {
    const { live, backfilled } = this.#lastDispatch.leased(claims);
    for (const [strategy, own] of byStrategy(live)) this.#lanes.get(strategy)?.acceptLive(own, claimedAt);
    this.accept(backfilled, claimedAt);
  }

  /** Nothing in any lane's hands. */
  get isIdle(): boolean {
    return this.#all().every((lane) => lane.inHand === 0);
  }

  /**
   * Put back what has not been sent, and wait for the calls in flight: at the deadline they are
   * aborted, and at the end left. Returns how many deliveries were put back, and how many are left.
   */
  async close(deadline: AbortSignal, end: AbortSignal): Promise<{ readonly released: number; readonly left: number }> {
    this.#isClosed = true;
    this.#loads.close();
    const lanes = this.#all();
    const abort = () => {
      for (const lane of lanes) lane.abort("stopped");
    };
    deadline.addEventListener("abort", abort, { once: true });
    const released = lanes.reduce((sum, lane) => sum + lane.retire(), 0);
    if (deadline.aborted) abort();
    await unlessAborted(Promise.all(lanes.map((lane) => lane.whenIdle())), end);
    deadline.removeEventListener("abort", abort);
    this.#lanes.clear();
    return { released, left: lanes.reduce((sum, lane) => sum + lane.inHand, 0) };
  }

  async #askAgain(signal: AbortSignal): Promise<void> {
    if (await this.#equality.ask(this.#strategies(), this.#parts.now(), signal)) this.#route();
  }

  #strategies(): readonly Strategy[] {
    return [...this.#lanes.values()].map(({ strategy }) => strategy);
  }

  #route(): void {
    this.#router = new Router(this.categories.dictionary, this.#routedTo, this.#equality.byCategory);
  }

  #all(): readonly LaneRunner[] {
    return [...this.#lanes.values(), ...this.#retiring];
  }

  #apply(checked: CheckedStrategies): void {
    const { strategies, disabled, dictionary } = checked;
    this.#forgetFaults(strategies);
    const { sound, broken } = judgeStrategies(checked, this.#parts.check);
    const kept = new Set(
      broken
        .filter((each) => !sound.has(each.name) && goesOn(each, this.strategy(each.name), dictionary))
        .map(({ name }) => name),
    );
    for (const [name, lane] of this.#lanes) {
      if (kept.has(name)) continue;
      const next = sound.get(name);
      if (next === undefined || !isSame(lane.strategy, next)) this.#retire(name, lane);
    }
    this.categories.use(checked, this.#strategies());
    for (const [name, strategy] of sound) {
      if (!this.#lanes.has(name)) this.#lanes.set(name, this.#parts.open(strategy));
    }
    this.#parts.applied(this.#strategies());
    this.#disabled = disabled;
    this.#origins = checked.origins;
    this.#lastDispatch.strategiesChanged();
    this.#routedTo = routedTo(this.inForce, [...broken.filter(({ name }) => !kept.has(name)), ...disabled]);
    this.#route();
    this.#invalid = standingInvalid(broken, kept, this.#invalid);
    for (const { name, source, problems } of broken)
      this.#parts.events.emit("strategyInvalid", {
        ...{ name, source, problems },
        ...(kept.has(name) ? { kept: true } : {}),
      });
  }

  /**
   * What is at fault with strategies that are gone or are others now. Those that are checked again
   * say it again.
   */
  #forgetFaults(strategies: ReadonlyMap<string, Strategy>): void {
    for (const [name, { strategy }] of this.#lanes) {
      const next = strategies.get(name);
      if (next === undefined || !isSame(strategy, next)) this.#parts.faults.forget(`strategy ${name}`);
    }
    for (const { name } of this.#invalid) if (!strategies.has(name)) this.#parts.faults.forget(`strategy ${name}`);
  }

  #retire(name: string, lane: LaneRunner): void {
    this.#lanes.delete(name);
    this.#retiring.add(lane);
    lane.retire();
    void lane.whenIdle().then(() => this.#retiring.delete(lane));
  }
}
