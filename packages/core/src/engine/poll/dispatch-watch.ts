import type { Blockers, BlockingSession, Poller } from "../../contracts/poller.ts";
import { isSynclineError } from "../../model/errors.ts";
import { cleanText } from "../../transport-kit/clean-text.ts";
import type { EventHub } from "../events.ts";
import type { Tuning } from "../tuning.ts";

export interface DispatchWatchParts {
  readonly poller: Poller;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly now: () => number;
}

/**
 * The database is asked from half of the time on, this often in the whole of it: the alarm is late
 * by one look at most.
 */
const looks = 4;
const minLookMs = 25;

/**
 * Raises the alarm when locks of others keep this worker from dispatching: its dispatches are busy,
 * or its polls do not return.
 *
 * That other workers hold the lock is no alarm, however often it is met: each of their dispatches
 * is another transaction. So the database is asked who is in the way, and only the same
 * transaction, met again, counts. A database that cannot be asked gets the alarm by time alone.
 */
export class DispatchWatch {
  readonly #parts: DispatchWatchParts;
  readonly #limitMs: number;
  #roundSince: number | undefined;
  #busySince: number | undefined;
  #busyAt = 0;
  #looking = false;
  /** When each blocking transaction was first met. */
  #met = new Map<string, number>();
  #alarm: { readonly since: number; readonly sessions: string } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: DispatchWatchParts) {
    this.#parts = parts;
    this.#limitMs = parts.tuning.dispatchBlockedMs;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), Math.max(minLookMs, this.#limitMs / looks)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  roundBegan(): void {
    this.#roundSince = this.#parts.now();
  }

  /** Also where it failed: what stays in the way is met again by the next one. */
  roundEnded(): void {
    this.#roundSince = undefined;
  }

  dispatched(status: "done" | "busy" | "stale"): void {
    if (status === "busy") {
      this.#busyAt = this.#parts.now();
      this.#busySince ??= this.#busyAt;
    } else if (this.#busySince !== undefined || this.#alarm !== undefined) this.#clear();
  }

  #clear(): void {
    const { now, events } = this.#parts;
    const alarm = this.#alarm;
    this.#busySince = undefined;
    this.#alarm = undefined;
    this.#met.clear();
    if (alarm !== undefined) events.emit("dispatchResumed", { afterMs: Math.round(now() - alarm.since) });
  }

  /** For how long this worker has been kept from dispatching, as far as its polls have told. */
  #forMs(): number {
    const busyMs = this.#busySince === undefined ? 0 : this.#busyAt - this.#busySince;
    return Math.max(busyMs, this.#roundSince === undefined ? 0 : this.#parts.now() - this.#roundSince);
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#forMs() < this.#limitMs / 2) return;
    this.#looking = true;
    try {
      const found = await this.#ask();
      if (found !== "away") this.#judge(found);
    } finally {
      this.#looking = false;
    }
  }

  /** `away`: the database cannot be reached, which `stalled` tells of. */
  async #ask(): Promise<Blockers | undefined | "away"> {
    const { poller, events } = this.#parts;
    try {
      return await poller.blockers?.(AbortSignal.timeout(Math.max(1_000, this.#limitMs)));
    } catch (error) {
      if (isSynclineError(error) && error.code === "database.unavailable") return "away";
      events.emit("error", { during: "look for blockers", error });
      return undefined;
    }
  }

  #judge(found: Blockers | undefined): void {
    const { now, events } = this.#parts;
    const forMs = this.#forMs();
    // It may have got through meanwhile.
    if (forMs < this.#limitMs / 2) return;
    const sessions = found === undefined ? [] : this.#stayed(found.sessions);
    if (forMs < this.#limitMs || (found !== undefined && sessions.length === 0)) return;
    const names = sessions.map(nameOf).join(", ");
    if (this.#alarm?.sessions === names) return;
    this.#alarm = { since: this.#alarm?.since ?? now() - forMs, sessions: names };
    const hidden = found?.hidden;
    events.emit("dispatchBlocked", {
      forMs: Math.round(now() - this.#alarm.since),
      sessions: sessions.map(cleanSession),
      ...(hidden === undefined ? {} : { hidden }),
    });
  }

  /** Those that have been there for half of the time. */
  #stayed(sessions: readonly BlockingSession[]): readonly BlockingSession[] {
    const at = this.#parts.now();
    const before = this.#met;
    this.#met = new Map(sessions.map((session) => [nameOf(session), before.get(nameOf(session)) ?? at]));
    return sessions.filter((session) => at - (this.#met.get(nameOf(session)) ?? at) >= this.#limitMs / 2);
  }
}

function nameOf({ session, transaction }: BlockingSession): string {
  return `${session} ${transaction}`;
}

/** Names are others' to choose. */
function cleanSession(session: BlockingSession): BlockingSession {
  const clean = Object.entries(session).map(([name, value]) => [
    name,
    typeof value === "string" ? cleanText(value, (text) => text) : value,
  ]);
  return Object.fromEntries(clean) as BlockingSession;
}
