import type { SurplusRight } from "../contracts/database-adapter.ts";
import type { BlockingSession } from "../contracts/poller.ts";
import type { StrandedBacklog } from "../contracts/stranded-work.ts";
import type { SyncItem } from "../contracts/sync-invoker.ts";
import type { RefusedChange } from "../model/change.ts";
import type { Failure, FailureKind } from "../model/outcome.ts";
import type { Problem } from "../model/problem.ts";
import { isThenable } from "../model/thenable.ts";
import { Observers } from "./observers.ts";

interface Opened {
  readonly failure: Failure;
  /** How long nothing is sent, in milliseconds; then probes are. */
  readonly forMs: number;
  /** It had opened before, since something last passed: a probe failed, in no new way. */
  readonly again: boolean;
}

/** What a pipeline tells about its work. Payloads never leave through events; keys do. */
export interface PipelineEvents {
  readonly started: { readonly strategies: readonly string[] };
  /**
   * `unsettled`: deliveries that were left to their leases, since the database or a call did not
   * end in time.
   */
  readonly stopped: { readonly released: number; readonly unsettled: number };
  /** One dispatch that took changes. */
  readonly dispatched: { readonly taken: number; readonly inserted: number; readonly folded: number };
  readonly refused: { readonly changes: readonly RefusedChange[] };
  /**
   * Changes of a category that no strategy in force wants, neither one that is invalid nor one that
   * is disabled: they are gone. Once for a category, until other strategies are in force.
   */
  readonly unwanted: { readonly category: string; readonly changes: number };
  /** One call, or the part of it that was accepted. */
  readonly delivered: {
    readonly strategy: string;
    readonly operation: "upsert" | "delete";
    /** Without what was sent. */
    readonly items: readonly Pick<SyncItem, "deliveryId" | "key" | "revision" | "absence">[];
  };
  /** What a shadow would have sent in one call. */
  readonly shadowed: PipelineEvents["delivered"];
  /** Keys whose query yielded no row, and that the strategy skips. */
  readonly absent: { readonly strategy: string; readonly keys: readonly string[] };
  readonly retried: {
    readonly strategy: string;
    readonly key: string;
    readonly attempt: number;
    readonly delayMs: number;
    readonly failure: Failure;
  };
  /** Put back without a mark: the downstream's fault, or ours. */
  readonly released: {
    readonly strategy: string;
    readonly count: number;
    readonly reason: FailureKind | "stopped" | "window";
  };
  /**
   * Items of the strategy have waited for `forMs` for what they point to, which the downstream has
   * not yet (`dependency`). Once, until none waits any more.
   */
  readonly dependencyMissing: { readonly strategy: string; readonly failure: Failure; readonly forMs: number };
  readonly dead: { readonly strategy: string; readonly key: string; readonly failure: Failure };
  readonly held: { readonly strategy: string; readonly key: string; readonly failure: Failure };
  /** A lease was lost before the work on it ended; somebody else delivers, or has delivered. */
  readonly late: { readonly strategy: string; readonly key: string };
  readonly circuitOpened: { readonly strategy: string } & Opened;
  readonly circuitClosed: { readonly strategy: string };
  readonly downstreamSuspended: { readonly downstream: string } & Opened;
  readonly downstreamResumed: { readonly downstream: string };
  /** `disabled`: those that are switched off, if there are any; their keys go on collecting. */
  readonly strategiesLoaded: {
    readonly strategies: readonly string[];
    readonly disabled?: readonly string[];
    readonly revision: string;
  };
  readonly strategyInvalid: {
    readonly name: string;
    readonly source: string;
    readonly problems: readonly Problem[];
    /**
     * What was in force under its name goes on. Absent: nothing is delivered, and its keys go on
     * collecting.
     */
    readonly kept?: boolean;
  };
  /** A category of a store is not in order, or contradicts one of the same name, which stays in force. */
  readonly categoryInvalid: {
    readonly name: string;
    readonly source: string;
    readonly problems: readonly Problem[];
  };
  /**
   * The delivery window of these strategies is over: nothing is claimed for them before it opens
   * again. Also where it is closed when they start. No `opensAt`: it never opens again.
   */
  readonly windowClosed: { readonly strategies: readonly string[]; readonly opensAt?: string };
  readonly windowOpened: { readonly strategies: readonly string[] };
  /**
   * No running worker has these strategies, and what they owe waits: they were renamed or removed,
   * or the workers that have them are stopped. Told again when a strategy is added to them.
   */
  readonly stranded: { readonly strategies: readonly StrandedBacklog[] };
  /** A worker has them, or nothing is left of them. */
  readonly strandedCleared: { readonly strategies: readonly string[] };
  /** The database cannot be polled: it is away, or refuses. Once, and again when the reason is another. */
  readonly stalled: { readonly error: unknown };
  /** It can be polled again. */
  readonly resumed: { readonly afterMs: number };
  /**
   * Locks of others have kept this worker from dispatching for `forMs`. Once, and again when the
   * sessions that hold them are others. No sessions: the database could not say who. `hidden`: what
   * its login may not see of them, and the right that would show it.
   */
  readonly dispatchBlocked: {
    readonly forMs: number;
    readonly sessions: readonly BlockingSession[];
    readonly hidden?: string;
  };
  /** It dispatches again. */
  readonly dispatchResumed: { readonly afterMs: number };
  /**
   * Strategies come from a table, and the login that they are read with may do more than read.
   * Rights of severity `danger`.
   */
  readonly surplusRights: { readonly rights: readonly SurplusRight[] };
  /**
   * Code that is not Syncline's (a transport, an adapter, a schedule, a listener …) threw, did not
   * answer or answered nonsense. `part` and `member` name it, `code` is `fault.<member>`. While it
   * goes on failing, at most once a second.
   */
  readonly fault: {
    readonly part: string;
    readonly member: string;
    readonly code: string;
    readonly error: unknown;
  };
  /** It did what it owes again. */
  readonly faultCleared: { readonly part: string; readonly member: string };
  /** Something failed that the pipeline goes on trying. */
  readonly error: { readonly during: string; readonly error: unknown };
}

export type PipelineEvent = keyof PipelineEvents;
export type PipelineListener<Event extends PipelineEvent> = (payload: PipelineEvents[Event]) => void;

/** Calls listeners one after the other; what one throws stops neither the others nor the pipeline. */
export class EventHub {
  /** Never changed in place: what is subscribed during an event hears of the next one. */
  readonly #listeners = new Map<PipelineEvent, ReadonlySet<PipelineListener<never>>>();
  readonly #failing = new Map<PipelineListener<never>, PipelineEvent>();
  readonly #onListenerError: (event: PipelineEvent, error: unknown) => void;
  readonly #onListenersWork: (event: PipelineEvent) => void;
  /** Who hears of work as it happens: telemetry. */
  readonly observers: Observers;

  /** @param onListenersWork no listener of the event fails any more. */
  constructor(
    onListenerError: (event: PipelineEvent, error: unknown) => void,
    onListenersWork: (event: PipelineEvent) => void = () => {},
    observers: Observers = new Observers(),
  ) {
    this.#onListenerError = onListenerError;
    this.#onListenersWork = onListenersWork;
    this.observers = observers;
  }

  on<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): () => void {
    this.#listeners.set(event, new Set(this.#listeners.get(event)).add(listener));
    return () => {
      const others = new Set(this.#listeners.get(event));
      others.delete(listener);
      this.#listeners.set(event, others);
      this.#worked(event, listener);
    };
  }

  /** Whether anybody listens: what nobody hears need not be made. */
  hasListeners(event: PipelineEvent): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  emit<Event extends PipelineEvent>(event: Event, payload: PipelineEvents[Event]): void {
    const listeners = this.#listeners.get(event) as ReadonlySet<PipelineListener<Event>> | undefined;
    if (listeners === undefined) return;
    for (const listener of listeners) {
      // One before it may have taken it away.
      const current = this.#listeners.get(event) as ReadonlySet<PipelineListener<Event>> | undefined;
      if (current === listeners || current?.has(listener) === true) this.#call(event, listener, payload);
    }
  }

  #call<Event extends PipelineEvent>(
    event: Event,
    listener: PipelineListener<Event>,
    payload: PipelineEvents[Event],
  ): void {
    try {
      const given: unknown = listener(payload);
      if (!isThenable(given)) this.#worked(event, listener);
      // A listener may be an async function: what it rejects with would otherwise end the process.
      else
        Promise.resolve(given).then(
          () => this.#worked(event, listener),
          (error: unknown) => this.#failed(event, listener, error),
        );
    } catch (error) {
      this.#failed(event, listener, error);
    }
  }

  #failed<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>, error: unknown): void {
    this.#failing.set(listener, event);
    this.#onListenerError(event, error);
  }

  #worked<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): void {
    if (this.#failing.size === 0 || !this.#failing.delete(listener)) return;
    if (![...this.#failing.values()].includes(event)) this.#onListenersWork(event);
  }
}
