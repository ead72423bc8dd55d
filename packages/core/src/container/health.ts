import type { EventHub } from "../engine/events.ts";
import { faultSentence } from "../engine/guard/faults.ts";
import { isSynclineError } from "../model/errors.ts";
import { visibleText } from "../model/visible-text.ts";
import { tellBlocked } from "./tell-blocked.ts";

export interface HealthProblem {
  /** What is not well: `database`, `dispatch`, `strategy crm-orders`, `downstream crm`. */
  readonly part: string;
  /** ISO 8601, this machine's clock. */
  readonly since: string;
  readonly code: string;
  readonly message: string;
}

export interface Health {
  /** The process does what it is there for, or tries to. A restart would not help it: the database has no part in this. */
  readonly live: boolean;
  /**
   * It works: started, and its last poll of the database succeeded. A downstream that is away
   * changes nothing here, nor does somebody who blocks dispatches: applications that a pipeline is
   * part of go on serving.
   */
  readonly ready: boolean;
  /** Everything that is not well, also where the rest works on. */
  readonly problems: readonly HealthProblem[];
}

/** Remembers from a pipeline's events what is not well. */
export class HealthWatch {
  readonly #problems = new Map<string, HealthProblem>();
  #invalid: HealthProblem[] = [];
  /** Of code that is not ours, by part and member: beside what else is wrong with the part. */
  readonly #faults = new Map<string, HealthProblem>();

  constructor(events: EventHub) {
    events.on("stalled", ({ error }) => {
      const known = isSynclineError(error);
      const { code, message } = known ? error : { code: "unexpected", message: "An unexpected error; see the log." };
      this.#add("database", code, message);
    });
    events.on("resumed", () => this.#problems.delete("database"));
    events.on("dispatchBlocked", (event) => this.#add("dispatch", "dispatch.blocked", tellBlocked(event)));
    events.on("dispatchResumed", () => this.#problems.delete("dispatch"));
    events.on("circuitOpened", ({ strategy, failure }) =>
      this.#add(`strategy ${strategy}`, failure.code, failure.message),
    );
    events.on("circuitClosed", ({ strategy }) => this.#problems.delete(`strategy ${strategy}`));
    events.on("downstreamSuspended", ({ downstream, failure }) =>
      this.#add(`downstream ${downstream}`, failure.code, failure.message),
    );
    events.on("downstreamResumed", ({ downstream }) => this.#problems.delete(`downstream ${downstream}`));
    events.on("fault", (event) => {
      const door = `${event.part}\n${event.member}`;
      const since = this.#faults.get(door)?.since;
      const found = problem(event.part, event.code, faultSentence(event));
      this.#faults.set(door, { ...found, ...(since === undefined ? {} : { since }) });
    });
    events.on("faultCleared", ({ part, member }) => this.#faults.delete(`${part}\n${member}`));
    // A load tells of the invalid ones first and then of all that are in force.
    events.on("strategyInvalid", ({ name, problems }) =>
      this.#invalid.push(
        problem(
          `strategy ${name}`,
          "strategy.invalid",
          problems.map(({ at, message }) => `${at}: ${message}`).join(" "),
        ),
      ),
    );
    events.on("strategiesLoaded", ({ strategies }) => {
      const loaded = new Set(strategies.map((name) => `strategy ${name}`));
      for (const part of this.#problems.keys())
        if (part.startsWith("strategy ") && !loaded.has(part)) this.#problems.delete(part);
      for (const each of this.#invalid) this.#problems.set(each.part, each);
      this.#invalid = [];
    });
  }

  of(state: "new" | "running" | "stopped", isPolling: boolean): Health {
    return {
      live: state !== "stopped",
      ready: state === "running" && isPolling,
      problems: [...this.#problems.values(), ...this.#faults.values()],
    };
  }

  #add(part: string, code: string, message: string): void {
    const since = this.#problems.get(part)?.since;
    this.#problems.set(part, { ...problem(part, code, message), ...(since === undefined ? {} : { since }) });
  }
}

/** Names and messages may come from the strategy table. */
function problem(part: string, code: string, message: string): HealthProblem {
  const since = new Date().toISOString();
  return { part: visibleText(part, 200), since, code, message: visibleText(message, 2_000) };
}
