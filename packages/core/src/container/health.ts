import type { Engine } from "../engine/engine.ts";
import type { EventHub } from "../engine/events.ts";
import { policyOf } from "../engine/failure-policy.ts";
import { faultSentence } from "../engine/guard/faults.ts";
import type { Troubles } from "../engine/troubles.ts";
import { isSynclineError } from "../model/errors.ts";
import type { Failure } from "../model/outcome.ts";
import { visibleText } from "../model/visible-text.ts";
import type { PipelineState } from "./lifecycle.ts";
import { tellBlocked } from "./tell-blocked.ts";
import { tellStranded } from "./tell-stranded.ts";

export interface HealthProblem {
  /** What is not well: `database`, `dispatch`, `strategy crm-orders`, `downstream crm`. */
  readonly part: string;
  /** ISO 8601, this machine's clock. */
  readonly since: string;
  readonly code: string;
  readonly message: string;
  /** `warn`: it mends itself, as far as is known. `error`: somebody has to see to it. */
  readonly severity: "warn" | "error";
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

/**
 * What is not well now. The rule: a problem is there while the state that it names lasts.
 *
 * - Of strategies and downstreams: asked of the lanes in force whenever somebody wants to know. So
 *   nothing stays of a lane that was replaced or a downstream that nobody uses.
 * - Of the database, dispatches and code that is not ours: there is one poll loop and one `Faults`
 *   for a pipeline's life, and each tells of the beginning and of the end.
 */
export class HealthWatch {
  readonly #problems = new Map<"database" | "dispatch", HealthProblem>();
  /** Of code that is not ours, by part and member. */
  readonly #faults = new Map<string, HealthProblem>();

  constructor(events: EventHub) {
    events.on("stalled", ({ error }) => this.#databaseFails(error));
    // Nobody is called for other words about the same outage. Who asks later wants to know what it
    // is now: a server that was stopped, and is back as a standby.
    events.on("error", ({ during, error }) => {
      if (during === "poll" && this.#problems.has("database")) this.#databaseFails(error);
    });
    events.on("resumed", () => this.#problems.delete("database"));
    events.on("dispatchBlocked", (event) => this.#add("dispatch", "dispatch.blocked", tellBlocked(event)));
    events.on("dispatchResumed", () => this.#problems.delete("dispatch"));
    events.on("fault", (event) => {
      const door = `${event.part}\n${event.member}`;
      const since = this.#faults.get(door)?.since;
      const found = problem(event.part, event.code, faultSentence(event));
      this.#faults.set(door, { ...found, ...(since === undefined ? {} : { since }) });
    });
    events.on("faultCleared", ({ part, member }) => this.#faults.delete(`${part}\n${member}`));
  }

  /** `engine`: `undefined` until something needed one. */
  of(state: PipelineState, engine: Pick<Engine, "isPolling" | "troubles"> | undefined): Health {
    return {
      live: state !== "stopped",
      ready: state === "running" && engine?.isPolling === true,
      problems: [
        ...this.#problems.values(),
        ...(engine === undefined ? [] : problemsOf(engine.troubles)),
        ...this.#faults.values(),
      ],
    };
  }

  #databaseFails(error: unknown): void {
    const known = isSynclineError(error);
    const { code, message } = known ? error : { code: "unexpected", message: "An unexpected error; see the log." };
    this.#add("database", code, message);
  }

  #add(part: "database" | "dispatch", code: string, message: string): void {
    const since = this.#problems.get(part)?.since;
    this.#problems.set(part, { ...problem(part, code, message), ...(since === undefined ? {} : { since }) });
  }
}

function problemsOf({ invalid, categories, stranded, lanes, downstreams }: Troubles): readonly HealthProblem[] {
  return [
    ...invalid.map(({ name, problems, since }) => {
      const message = problems.map(({ at, message }) => `${at}: ${message}`).join(" ");
      return problem(`strategy ${name}`, "strategy.invalid", message, since);
    }),
    ...categories.map(({ name, problems, since }) => {
      const message = problems.map(({ at, message }) => `${at}: ${message}`).join(" ");
      return problem(`category ${name}`, "category.invalid", message, since);
    }),
    ...stranded.map((each) =>
      problem(`strategy ${each.strategy}`, "strategy.stranded", tellStranded(each), each.since),
    ),
    ...lanes.map(({ name, failure, since }) => failing(`strategy ${name}`, failure, since)),
    ...downstreams.map(({ name, failure, since }) => failing(`downstream ${name}`, failure, since)),
  ];
}

/** As loud as the log tells it. */
function failing(part: string, failure: Failure, since: number): HealthProblem {
  const found = problem(part, failure.code, failure.message, since);
  return { ...found, severity: policyOf(failure).log === "error" ? "error" : "warn" };
}

/** Names and messages may come from the strategy table. */
function problem(part: string, code: string, message: string, since = Date.now()): HealthProblem {
  return {
    severity: "error",
    part: visibleText(part, 200),
    since: new Date(since).toISOString(),
    code,
    message: visibleText(message, 2_000),
  };
}
