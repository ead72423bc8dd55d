import { drop, isThenable } from "../model/thenable.ts";
import type { Observation, WorkObserver } from "./observer.ts";

type Momentary = "dispatched" | "claimed" | "concluded" | "settled";
type Begun = "recording" | "reading" | "calling";
type Parameters<Member extends keyof WorkObserver> = WorkObserver[Member] extends
  | ((...parameters: infer Given) => unknown)
  | undefined
  ? Given
  : never;
type EndOf<Member extends Begun> = WorkObserver[Member] extends
  | ((...parameters: never[]) => Observation<infer End> | undefined)
  | undefined
  ? End
  : never;

/** Work that observers watch, from its beginning to its end. What one of them throws stops nothing. */
export interface Watched<End> {
  readonly headers: { readonly [header: string]: string } | undefined;
  around<Value>(work: () => Value): Value;
  ended(end: End): void;
}

/** What stands between the work and whoever observes it. */
export interface ObserverGuard {
  caught(part: string, member: string, error: unknown): void;
  worked(part: string, member: string): void;
  /** What an observer answered, if it can be used. Throws where it cannot. */
  believed<End>(answer: Observation<End> | undefined): Observation<End> | undefined;
}

const unguarded: ObserverGuard = { caught: () => {}, worked: () => {}, believed: (answer) => answer };

/**
 * Those who observe a pipeline. On hot paths ask `isEmpty` first: what nobody wants to hear need
 * not be made.
 */
export class Observers {
  readonly #guard: ObserverGuard;
  #all: readonly WorkObserver[] = [];

  constructor(guard: ObserverGuard = unguarded) {
    this.#guard = guard;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Returns how to stop observing. */
  add(observer: WorkObserver): () => void {
    this.#all = [...this.#all, observer];
    return () => {
      this.#all = this.#all.filter((each) => each !== observer);
    };
  }

  tell<Member extends Momentary>(member: Member, ...given: Parameters<Member>): void {
    for (const observer of this.#all) {
      try {
        const answer = (observer[member] as ((...given: Parameters<Member>) => unknown) | undefined)?.call(
          observer,
          ...given,
        );
        if (isThenable(answer)) drop(answer);
        this.#guard.worked("observer", member);
      } catch (error) {
        this.#guard.caught("observer", member, error);
      }
    }
  }

  begin<Member extends Begun>(member: Member, ...given: Parameters<Member>): Watched<EndOf<Member>> | undefined {
    if (this.#all.length === 0) return undefined;
    type Begin = (...given: Parameters<Member>) => Observation<EndOf<Member>> | undefined;
    const begun: Observation<EndOf<Member>>[] = [];
    for (const observer of this.#all) {
      try {
        const observation = this.#guard.believed((observer[member] as Begin | undefined)?.call(observer, ...given));
        if (observation !== undefined) begun.push(observation);
        this.#guard.worked("observer", member);
      } catch (error) {
        this.#guard.caught("observer", member, error);
      }
    }
    return begun.length === 0 ? undefined : new WatchedWork(member, begun, this.#guard);
  }
}

class WatchedWork<End> implements Watched<End> {
  readonly #member: Begun;
  readonly #observations: readonly Observation<End>[];
  readonly #guard: ObserverGuard;

  constructor(member: Begun, observations: readonly Observation<End>[], guard: ObserverGuard) {
    this.#member = member;
    this.#observations = observations;
    this.#guard = guard;
  }

  get headers(): { readonly [header: string]: string } | undefined {
    return this.#observations.find(({ headers }) => headers !== undefined)?.headers;
  }

  around<Value>(work: () => Value): Value {
    let run = work;
    for (const observation of this.#observations) {
      if (observation.around === undefined) continue;
      const inner = run;
      run = () => this.#once(observation, inner);
    }
    return run();
  }

  ended(end: End): void {
    for (const observation of this.#observations) {
      try {
        observation.ended(end);
      } catch (error) {
        this.#guard.caught("observer", this.#member, error);
      }
    }
  }

  /** The work is done exactly once, whatever the observer does; what the work throws is its own. */
  #once<Value>(observation: Observation<End>, work: () => Value): Value {
    let done: { readonly value: Value } | { readonly error: unknown } | undefined;
    try {
      observation.around?.(() => {
        done ??= attempt(work);
        return undefined as never;
      });
    } catch (error) {
      this.#guard.caught("observer", this.#member, error);
    }
    done ??= attempt(work);
    if ("error" in done) throw done.error;
    return done.value;
  }
}

function attempt<Value>(work: () => Value): { readonly value: Value } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
