import type { InvokeContext, SyncCall, SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Failure, Outcome } from "../../model/outcome.ts";
import { wordlessError } from "../guard/wordless-error.ts";
import { believableOutcome } from "./believable-outcome.ts";

export interface AttemptParts {
  readonly timeoutMs: number;
  /** How long a transport may take to notice its signal. Then core gives the call up, loudly. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
  readonly controller: AbortController;
}

/**
 * One guarded call of an invoker: always an outcome that makes sense, always soon after the deadline. One promise and no
 * listener of our own: this is on the way of every call.
 */
export class Attempt {
  readonly #parts: AttemptParts;
  readonly #deadline: number;
  readonly #timer: NodeJS.Timeout;
  #overrun: NodeJS.Timeout | undefined;
  #resolve: (outcome: Outcome) => void = () => {};
  #atDeadline = false;
  #hasAnswered = false;
  readonly outcome = new Promise<Outcome>((resolve) => {
    this.#resolve = resolve;
  });

  constructor(parts: AttemptParts) {
    this.#parts = parts;
    this.#deadline = Date.now() + parts.timeoutMs;
    this.#timer = setTimeout(() => {
      this.#atDeadline = true;
      this.abort("deadline");
    }, parts.timeoutMs);
  }

  get controller(): AbortController {
    return this.#parts.controller;
  }

  /** The call was still under way at its deadline. */
  get atDeadline(): boolean {
    return this.#atDeadline;
  }

  /** The transport came to an end by itself. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Once. */
  start(invoker: SyncInvoker, call: SyncCall, trace: InvokeContext["trace"]): void {
    try {
      const context: InvokeContext = { signal: this.#parts.controller.signal, deadline: this.#deadline, trace };
      invoker.invoke(call, context).then((outcome) => {
        this.#hasAnswered = true;
        this.#end(this.#believable(outcome, call));
      }, this.#threw);
    } catch (error) {
      this.#threw(error);
    }
  }

  /** Ends the call early. */
  readonly abort = (reason: string): void => {
    this.#overrun ??= setTimeout(
      () => this.#end(failed("invoker.overran", "The transport ignored its signal.")),
      this.#parts.graceMs,
    );
    this.#parts.controller.abort(new Error(reason));
  };

  readonly #threw = (error: unknown): void => {
    this.#parts.onBug(wordlessError(error));
    this.#end(failed("invoker.threw", "The transport threw instead of reporting an outcome."));
  };

  #end(outcome: Outcome): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#overrun);
    this.#resolve(outcome);
  }

  #believable(outcome: Outcome, call: SyncCall): Outcome {
    const believable = believableOutcome(outcome, call.items.length);
    if (typeof believable !== "string") return believable;
    this.#parts.onBug(new Error(believable));
    return failed("invoker.outcome", believable);
  }
}

function failed(code: string, message: string): Outcome {
  const failure: Failure = { kind: "transient", code, message, effect: "maybe" };
  return { status: "failed", failure };
}
