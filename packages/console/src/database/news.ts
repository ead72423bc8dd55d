import type { PipelineEvent, PipelineEvents } from "@syncline/core";
import { isSynclineError } from "@syncline/core";
import type { ConsolePipeline } from "../options.ts";
import type { History } from "./history.ts";

/** Something that happened, as far as this process saw it. */
export interface NewsItem {
  /** Epoch milliseconds, this machine's clock. */
  readonly at: number;
  readonly event: PipelineEvent;
  /** `strategy crm-orders`, `downstream crm`, `database`. */
  readonly about: string;
  readonly message: string;
}

const most = 200;
/** Released for these reasons, nothing had failed. */
const calmReasons: readonly string[] = ["stopped", "window"];

/** Listens to a pipeline: counts by strategy, and the last things that were not as they should be. */
export class News {
  readonly #items: NewsItem[] = [];
  readonly #unsubscribe: (() => void)[] = [];

  constructor(pipeline: Pick<ConsolePipeline, "on">, history: History) {
    const on = <Event extends PipelineEvent>(event: Event, listener: (payload: PipelineEvents[Event]) => void) =>
      this.#unsubscribe.push(pipeline.on(event, listener));
    // What a shadow would have sent counts for it as what others send.
    for (const event of ["delivered", "shadowed"] as const)
      on(event, ({ strategy, items }) => history.add(strategy, "delivered", items.length));
    for (const event of ["retried", "dead", "held"] as const)
      on(event, ({ strategy }) => history.add(strategy, "failed", 1));
    on("released", ({ strategy, count, reason }) => {
      if (!calmReasons.includes(reason)) history.add(strategy, "failed", count);
    });

    const tell = <Event extends PipelineEvent>(
      event: Event,
      about: (payload: PipelineEvents[Event]) => string,
      message: (payload: PipelineEvents[Event]) => string,
    ) => on(event, (payload) => this.#add(event, about(payload), message(payload)));
    const ofStrategy = ({ strategy }: { readonly strategy: string }) => `strategy ${strategy}`;
    const ofDownstream = ({ downstream }: { readonly downstream: string }) => `downstream ${downstream}`;
    const failed = ({ failure }: { readonly failure: { readonly code: string; readonly message: string } }) =>
      `${failure.code}: ${failure.message}`;
    tell("circuitOpened", ofStrategy, failed);
    tell("circuitClosed", ofStrategy, () => "works again");
    tell("downstreamSuspended", ofDownstream, failed);
    tell("downstreamResumed", ofDownstream, () => "works again");
    tell("dependencyMissing", ofStrategy, failed);
    tell(
      "strategyInvalid",
      ({ name }) => `strategy ${name}`,
      ({ problems }) => problems.map(({ at, message }) => `${at}: ${message}`).join(" "),
    );
    tell(
      "stalled",
      () => "database",
      ({ error }) => words(error),
    );
    tell(
      "resumed",
      () => "database",
      ({ afterMs }) => `answers again after ${Math.round(afterMs / 1_000)} s`,
    );
    tell(
      "dispatchBlocked",
      () => "dispatch",
      ({ forMs }) => `kept from working for ${Math.round(forMs / 1_000)} s`,
    );
    tell(
      "dispatchResumed",
      () => "dispatch",
      () => "works again",
    );
    tell(
      "fault",
      ({ part }) => part,
      ({ member, code }) => `${member}: ${code}`,
    );
    tell(
      "faultCleared",
      ({ part }) => part,
      ({ member }) => `${member} works again`,
    );
    tell(
      "strategiesLoaded",
      () => "strategies",
      ({ strategies }) => `${strategies.length} in force`,
    );
    tell(
      "stranded",
      () => "strategies",
      ({ strategies }) => `no running worker has ${strategies.map(({ strategy }) => strategy).join(", ")}`,
    );
    tell(
      "started",
      () => "pipeline",
      () => "started",
    );
    tell(
      "stopped",
      () => "pipeline",
      () => "stopped",
    );
  }

  /** The newest first. */
  read(): readonly NewsItem[] {
    return this.#items.toReversed();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #add(event: PipelineEvent, about: string, message: string): void {
    this.#items.push({ at: Date.now(), event, about: about.slice(0, 200), message: message.slice(0, 2_000) });
    if (this.#items.length > most) this.#items.shift();
  }
}

function words(error: unknown): string {
  return isSynclineError(error) ? `${error.code}: ${error.message}` : "an unexpected error; see the log";
}
