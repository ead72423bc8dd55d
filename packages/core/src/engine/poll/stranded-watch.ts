import { randomUUID } from "node:crypto";
import type { StrandedBacklog, StrandedWork } from "../../contracts/stranded-work.ts";
import type { EventHub } from "../events.ts";

export interface StrandedWatchParts {
  /** `undefined`: the database's adapter cannot tell. */
  readonly work: StrandedWork | undefined;
  /**
   * All strategies that this worker has, in working order or not; `undefined` until they are
   * loaded.
   */
  readonly names: () => readonly string[] | undefined;
  readonly events: EventHub;
}

/** What no running worker has, and since when this one knows: epoch milliseconds. */
export interface StandingStranded extends StrandedBacklog {
  readonly since: number;
}

/** Each costs a worker at rest as much as a round of polling, and the database as well. */
const attendEveryMs = 60_000;
/**
 * Three times missed: a worker that is killed counts for so long, and one that is slow goes on
 * counting.
 */
const lapseMs = 185_000;
/** For one of its statements, so that none outlasts the next. */
const limitMs = 9_000;

/**
 * Says in the database which strategies this worker has, and finds those that have deliveries and
 * that no living worker has. A strategy in code is known to its own workers alone: so others are
 * asked for before anything is called stranded.
 */
export class StrandedWatch {
  readonly #parts: StrandedWatchParts;
  readonly #worker = randomUUID();
  readonly #stopping = new AbortController();
  #stranded: readonly StandingStranded[] = [];
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasAttended = false;
  #unsubscribe: () => void = () => {};

  constructor(parts: StrandedWatchParts) {
    this.#parts = parts;
  }

  get stranded(): readonly StandingStranded[] {
    return this.#stranded;
  }

  start(): void {
    if (this.#parts.work === undefined) return;
    // What has just gone, or come, is known at once.
    this.#unsubscribe = this.#parts.events.on("strategiesLoaded", () => void this.look());
    this.#again();
  }

  /**
   * Attends, and looks for what is stranded. Never rejects: what fails is told, and tried again.
   */
  look(): Promise<void> {
    this.#looking ??= this.#attend().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** So that nobody has to wait until this worker's word has lapsed. */
  async stop(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#stopping.abort(new Error("stopped"));
    await this.#looking;
    if (this.#hasAttended) await this.#parts.work?.attend(this.#worker, [], lapseMs, signal).catch(() => {});
  }

  #again(): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(async () => {
      await this.look();
      this.#again();
    }, attendEveryMs).unref();
  }

  async #attend(): Promise<void> {
    const { work, names, events } = this.#parts;
    const own = names();
    if (work === undefined || own === undefined || this.#stopping.signal.aborted) return;
    this.#hasAttended = true;
    try {
      const others = await work.attend(this.#worker, own, lapseMs, this.#limited());
      const listed = await work.list([...new Set([...own, ...others])], this.#limited());
      this.#found(await this.#confirmed(work, own, listed));
    } catch (error) {
      if (!this.#stopping.signal.aborted) events.emit("error", { during: "look for stranded work", error });
    }
  }

  /**
   * Others are asked again: a worker may have begun between the two, and have written what was
   * listed.
   */
  async #confirmed(
    work: StrandedWork,
    own: readonly string[],
    listed: readonly StrandedBacklog[],
  ): Promise<readonly StrandedBacklog[]> {
    if (listed.every(({ strategy }) => this.#stranded.some((each) => each.strategy === strategy))) return listed;
    const others = new Set(await work.attend(this.#worker, own, lapseMs, this.#limited()));
    return listed.filter(({ strategy }) => !others.has(strategy));
  }

  /**
   * A lease that holds says that somebody works on it, be it a worker of a version that does not
   * attend.
   */
  #found(listed: readonly StrandedBacklog[]): void {
    const { events } = this.#parts;
    const before = new Map(this.#stranded.map((each) => [each.strategy, each.since]));
    const now = listed.filter(({ leased }) => leased === 0);
    this.#stranded = now.map((each) => ({ ...each, since: before.get(each.strategy) ?? Date.now() }));
    const names = new Set(now.map(({ strategy }) => strategy));
    const cleared = [...before.keys()].filter((name) => !names.has(name));
    if (now.some(({ strategy }) => !before.has(strategy))) events.emit("stranded", { strategies: now });
    if (cleared.length > 0) events.emit("strandedCleared", { strategies: cleared });
  }

  #limited(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limitMs)]);
  }
}
