import type { BacklogStore } from "../contracts/backlog-store.ts";
import type { ChangeSignal } from "../contracts/change-signal.ts";
import type { PollSchedule } from "../contracts/poll-schedule.ts";
import type { Poller } from "../contracts/poller.ts";
import type { StrandedWork } from "../contracts/stranded-work.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { SyncCall } from "../contracts/sync-invoker.ts";
import type { Dictionary } from "../model/category.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { Origin } from "../stores/load-strategies.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";
import type { Downstream } from "./call/downstream.ts";
import { ShadowSamples, shadowDownstream } from "./call/shadow.ts";
import type { EventHub } from "./events.ts";
import type { Faults } from "./guard/faults.ts";
import type { KeyRedaction } from "./guard/key-redaction.ts";
import { LaneRunner } from "./lane/lane-runner.ts";
import { laneState } from "./lane/lane-state.ts";
import type { EngineEffect } from "./lane/lane-steps.ts";
import { isDrained } from "./poll/is-drained.ts";
import { Listening } from "./poll/listening.ts";
import { PollLoop } from "./poll/poll-loop.ts";
import { Readmission } from "./poll/readmission.ts";
import { StrandedWatch } from "./poll/stranded-watch.ts";
import { type WindowGate, windowGate } from "./poll/window-gate.ts";
import { WindowWatch } from "./poll/window-watch.ts";
import { ReadBudget } from "./read/read-budget.ts";
import type { ReaderParts } from "./read/set-read.ts";
import type { CategoryInForce } from "./route/categories-in-force.ts";
import { type KnownStrategies, strategiesOf } from "./route/known-strategies.ts";
import { LaneSet } from "./route/lane-set.ts";
import { LeaseKeeper } from "./settle/leases.ts";
import { ParentWatch } from "./settle/parent-watch.ts";
import { SettlementEnds } from "./settle/settlement-ends.ts";
import { Settler } from "./settle/settler.ts";
import type { StopTime } from "./stop-time.ts";
import { type Troubles, troublesOf } from "./troubles.ts";
import type { Tuning } from "./tuning.ts";

export interface EngineParts {
  readonly poller: Poller;
  readonly backlog: BacklogStore;
  readonly strandedWork: StrandedWork | undefined;
  readonly reader: ReaderParts;
  readonly changeSignal: ChangeSignal | undefined;
  readonly dictionary: Dictionary;
  readonly store: StrategyStore;
  readonly tableRevision: () => string | undefined;
  readonly check: (strategy: Strategy) => readonly Problem[];
  readonly downstreams: ReadonlyMap<string, Downstream>;
  readonly schedule: PollSchedule;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly faults: Faults;
  readonly redaction?: KeyRedaction | undefined;
  readonly trace: (call: SyncCall) => { readonly [header: string]: string };
  readonly now: () => number;
  readonly random: () => number;
}

const storeRefreshMs = 5_000;
const drainPauseMs = 25;
/**
 * After a stop's deadline: for the round under way, which notices its signal; then for calls that
 * were aborted and their settlements.
 */
const lastRoundMs = 250;
const lastSettlementsMs = 350;

/** What a stop came to. */
export interface Stopped {
  /** Deliveries that were put back without having been sent. */
  readonly released: number;
  /** Deliveries that were left leased: the database, or a call, did not come to an end in time. */
  readonly unsettled: number;
}

/** The running whole: worker, lanes, leases and settler of one process on one database. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #lanes: LaneSet;
  readonly #leases: LeaseKeeper;
  readonly #settler: Settler;
  readonly #pollLoop: PollLoop;
  readonly #strandedWatch: StrandedWatch;
  readonly #parents: ParentWatch;
  readonly #budget: ReadBudget;
  readonly #readmission: Readmission;
  readonly #listening: Listening;
  readonly #ends: SettlementEnds;
  readonly #stopping = new AbortController();
  /** Of all lanes. */
  readonly #gates: readonly WindowGate[];
  readonly #windows: WindowWatch;
  readonly #shadows = new ShadowSamples();

  constructor(parts: EngineParts) {
    const { poller, events, tuning, now, schedule } = parts;
    this.#parts = parts;
    this.#gates = schedule.window === undefined ? [] : [windowGate(schedule.window, "schedule.window")];
    this.#windows = new WindowWatch(events);
    this.#leases = new LeaseKeeper({
      poller,
      leaseMs: tuning.leaseMs,
      now,
      onError: (error) => events.emit("error", { during: "renew", error }),
    });
    this.#settler = new Settler({
      poller,
      observers: events.observers,
      delayMs: tuning.settleDelayMs,
      patienceMs: tuning.leaseMs,
      retryMs: tuning.databaseRetryMs,
      now,
      onEffect: (settlement, effect) => this.#ends.settled(settlement, effect),
      onError: (error) => events.emit("error", { during: "settle", error }),
    });
    const { bufferBytes, maxItemBytes } = tuning;
    this.#budget = new ReadBudget({ bufferBytes, maxItemBytes, lanes: () => this.#lanes.names.length });
    this.#lanes = new LaneSet({
      ...parts,
      open: (strategy) => this.#openLane(strategy),
      applied: (inForce) => this.#shadows.watch(inForce),
      describe: (strategy, signal) => parts.reader.plans.describe(strategy, signal),
      refreshMs: storeRefreshMs,
      onCategories: (names) => this.#readmission.categoriesChanged(names),
    });
    this.#pollLoop = new PollLoop({
      ...{ poller, lanes: this.#lanes, schedule, tuning, events, now },
      opensIn: () => Math.max(1, this.#windows.look(this.#lanes.inForce) - Date.now()),
    });
    this.#listening = new Listening(parts.changeSignal, events, () => this.#pollLoop.changesCame());
    this.#parents = new ParentWatch({
      ...{ poller, events, now },
      strategy: (name) => this.#lanes.strategy(name),
      wake: () => this.#pollLoop.wake(),
    });
    this.#ends = new SettlementEnds(events, this.#parents, () => this.#pollLoop.wake());
    this.#readmission = new Readmission({
      ...{ backlog: parts.backlog, events },
      categories: () => this.#lanes.categories.dictionary.keys(),
      wake: () => this.#pollLoop.wake(),
    });
    this.#strandedWatch = new StrandedWatch({ work: parts.strandedWork, names: () => this.#lanes.known, events });
  }

  get strategies(): readonly string[] {
    return this.#lanes.names;
  }

  strategy(name: string): Strategy | undefined {
    return this.#lanes.strategy(name);
  }

  origin(name: string): Origin | undefined {
    return this.#lanes.origin(name);
  }

  /** What a shadow would have sent; `undefined`: no such shadow is in force. */
  shadow(name: string): ReturnType<ShadowSamples["of"]> {
    return this.#shadows.of(name);
  }

  /** Which strategies running workers have, and what is left of others. */
  get strandedWatch(): StrandedWatch {
    return this.#strandedWatch;
  }

  /** All strategies that were loaded, in working order or not; `undefined` until some were. */
  get known(): readonly string[] | undefined {
    return this.#lanes.known;
  }

  /** Those that are switched off. */
  get disabled(): readonly string[] {
    return this.#lanes.disabled;
  }

  get categories(): readonly CategoryInForce[] {
    return this.#lanes.categories.list();
  }

  strategiesOf(category: string): KnownStrategies {
    return strategiesOf(category, this.#lanes);
  }

  /** Whether the last poll worked. */
  get isPolling(): boolean {
    const { rounds, failing } = this.#pollLoop.progress;
    return rounds > 0 && !failing;
  }

  /** What is not well with the strategies in force, and with the downstreams that they use. */
  get troubles(): Troubles {
    return troublesOf(this.#lanes, this.#parts.downstreams, this.#strandedWatch, this.#parents);
  }

  /** Where the lanes in force stand, for a person. */
  get lanes() {
    return this.#lanes.inForce.map(laneState);
  }

  async loadStrategies(signal: AbortSignal): Promise<void> {
    await this.#lanes.refresh(signal);
  }

  /** The database could not be asked before the start. */
  stall(error: unknown): void {
    this.#pollLoop.stall(error);
  }

  start(): void {
    this.#pollLoop.start();
    this.#listening.start();
    this.#strandedWatch.start();
    this.#readmission.start();
  }

  /** Stop claiming, let the calls in flight end until the deadline, put the rest back. */
  async stop(time: StopTime): Promise<Stopped> {
    this.#stopping.abort(new Error("stopped"));
    this.#readmission.stop();
    this.#parents.stop();
    const unlistened = Promise.all([this.#listening.stop(), this.#strandedWatch.stop(time.grace(lastRoundMs))]);
    await unlessAborted(this.#pollLoop.stop(), time.grace(lastRoundMs));
    const end = time.grace(lastSettlementsMs);
    const { released, left } = await this.#lanes.close(time.deadline, end);
    const unsettled = left + (await this.#settler.flush(time.deadline, end));
    await unlessAborted(unlistened, end);
    this.#leases.close();
    return { released, unsettled };
  }

  /**
   * Resolves when nothing is due in a window that is open, and nothing is in flight, here or at
   * other workers.
   */
  async drain(signal: AbortSignal, withRetries: boolean): Promise<void> {
    for (;;) {
      if (signal.aborted) throw new SynclineError("operation.aborted", "The drain was ended before all was delivered.");
      if (this.#stopping.signal.aborted)
        throw new SynclineError("pipeline.state", "The pipeline was stopped before all was delivered.");
      const { rounds, found } = this.#pollLoop.progress;
      const quiet = rounds > 0 && !found && this.#lanes.isIdle && this.#settler.pending === 0;
      const drained =
        quiet &&
        unlessAborted(isDrained(this.#parts.backlog, this.#lanes.inForce, withRetries, signal), this.#stopping.signal);
      if (await drained) return;
      this.#pollLoop.wake();
      await new Promise((resolve) => setTimeout(resolve, drainPauseMs));
    }
  }

  #openLane(strategy: Strategy): LaneRunner {
    const downstream = this.#parts.downstreams.get(strategy.downstream);
    if (downstream === undefined)
      throw new SynclineError("strategy.invalid", `No downstream "${strategy.downstream}".`);
    return new LaneRunner({
      ...this.#parts,
      strategy,
      shadows: this.#shadows,
      downstream: strategy.mode === "shadow" ? shadowDownstream(strategy) : downstream,
      gates: [...this.#gates, ...(strategy.window === undefined ? [] : [windowGate(strategy.window)])],
      budget: this.#budget,
      leases: this.#leases,
      perform: (effect) => this.#perform(effect, strategy),
    });
  }

  #perform(effect: EngineEffect, { name: strategy, mode }: Strategy): void {
    const { events } = this.#parts;
    switch (effect.do) {
      case "settle": {
        const { settlement, delivery } = effect;
        if (!events.observers.isEmpty) {
          const sent = mode === "shadow" ? "shadowed" : "sent";
          events.observers.tell("concluded", settlement, delivery.prepared === undefined ? "absent" : sent);
        }
        this.#settler.add(settlement);
        return;
      }
      case "lose": {
        const { claim } = effect.delivery;
        events.emit("late", { strategy, key: claim.key });
        if (effect.giveBack) this.#settler.add(this.#ends.giveBack(claim));
        return;
      }
      case "ask-for-claims":
        if (effect.why === "probe") this.#pollLoop.wake();
        else this.#pollLoop.roomFreed(strategy);
        return;
      case "tell":
        events.emit(effect.event, effect.payload);
    }
  }
}
