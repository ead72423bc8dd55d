import type { InvokeContext, SyncCall, SyncInvoker } from "../../contracts/sync-invoker.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Outcome } from "../../model/outcome.ts";
import { CallContext } from "../../transport-kit/call-context.ts";
import type { Deadlines, Due } from "../../transport-kit/deadlines.ts";
import { wordlessError } from "../guard/wordless-error.ts";
import { believableOutcome, type Judged, transportBug } from "./believable-outcome.ts";

/** What is called, as far as an attempt needs to know. */
export interface Attempted {
  readonly request: SyncCall;
  readonly timeoutMs: number;
}

/** What all attempts of a lane have in common. */
export interface AttemptParts<Call extends Attempted> {
  readonly invoker: SyncInvoker;
  readonly trace: (call: SyncCall) => InvokeContext["trace"];
  /** How long a transport may take to notice its signal. Then core gives the call up, loudly. */
  readonly graceMs: number;
  readonly deadlines: Deadlines;
  /** Called exactly once, and never before `start` or `abort` has returned. Must not throw. */
  readonly onEnd: (call: Call, outcome: Outcome, attempt: Attempt<Call>) => void;
  /** The transport did not keep its contract. May be called beside `onEnd`, before it. */
  readonly onBug: (error: unknown) => void;
}

/**
 * One guarded call of an invoker: always one outcome that makes sense, always soon after the
 * deadline, whatever the transport does. Hot path: no promise, timer or signal of our own.
 */
export class Attempt<Call extends Attempted> implements Due, Judged {
  readonly #parts: AttemptParts<Call>;
  readonly #call: Call;
  readonly #context: CallContext;
  #isAborted = false;
  #atDeadline = false;
  #hasEnded = false;
  #isBroken = false;
  dueAt = 0;
  place = -1;

  /**
   * The time runs from here on; nothing is called yet.
   *
   * @param headers trace context of whoever observes; before that of the option `trace`.
   */
  constructor(parts: AttemptParts<Call>, call: Call, headers?: InvokeContext["trace"]) {
    this.#parts = parts;
    this.#call = call;
    const { timeoutMs, request } = call;
    // Whole and read first: when the signal fires, `Date.now()` says that the deadline has come.
    const trace = headers === undefined ? parts.trace(request) : { ...parts.trace(request), ...headers };
    this.#context = new CallContext(Date.now() + Math.floor(timeoutMs), trace);
    parts.deadlines.put(this, performance.now() + timeoutMs);
  }

  /** The transport did not keep its contract. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The call was still under way at its deadline. */
  get atDeadline(): boolean {
    return this.#atDeadline;
  }

  /** Call once. */
  start(): void {
    try {
      const answer: unknown = this.#parts.invoker.invoke(this.#call.request, this.#context);
      // A thenable, or a promise with a `then` of its own, might call back at once, or twice.
      const promise = answer instanceof Promise ? answer : Promise.resolve(answer);
      then.call(promise, this.#answered, this.#threw);
    } catch (error) {
      queueMicrotask(() => this.#threw(error));
    }
  }

  /** Ends the call early. Without effect once it has ended. */
  abort(reason: string): void {
    if (this.#isAborted || this.#hasEnded) return;
    this.#isAborted = true;
    const { deadlines, graceMs } = this.#parts;
    deadlines.put(this, performance.now() + graceMs);
    try {
      this.#context.abort(reason);
    } catch (error) {
      this.#report(wordlessError(error));
    }
  }

  /** For `Deadlines` alone. */
  onDue(): void {
    if (this.#isAborted) {
      const message = "The transport ignored its signal.";
      this.#fail("invoker.overran", message, new SynclineError("contract.broken", message));
      return;
    }
    this.#atDeadline = true;
    this.abort("deadline");
  }

  readonly #answered = (outcome: unknown): void => {
    // Late results are discarded.
    if (this.#hasEnded) return;
    this.#end(believableOutcome(outcome, this));
  };

  readonly #threw = (error: unknown): void => {
    if (this.#hasEnded) return;
    this.#fail("invoker.threw", "The transport threw instead of reporting an outcome.", wordlessError(error));
  };

  /** How many items the call has. */
  get items(): number {
    return this.#call.request.items.length;
  }

  get wasAborted(): boolean {
    return this.#isAborted;
  }

  /** What came back is no outcome; a sentence. */
  report(problem: string): void {
    this.#report(new SynclineError("contract.broken", problem));
  }

  #report(error: unknown): void {
    this.#isBroken = true;
    this.#parts.onBug(error);
  }

  #fail(code: string, message: string, error: unknown): void {
    this.#report(error);
    this.#end(transportBug(code, message));
  }

  #end(outcome: Outcome): void {
    this.#hasEnded = true;
    this.#parts.deadlines.drop(this);
    this.#parts.onEnd(this.#call, outcome, this);
  }
}

const { then } = Promise.prototype;
