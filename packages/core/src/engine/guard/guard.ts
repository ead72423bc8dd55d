import { isSynclineError, SynclineError } from "../../model/errors.ts";
import { drop } from "../../model/thenable.ts";
import { boundedDelay } from "./bounded-delay.ts";
import type { Faults } from "./faults.ts";
import { nameAndPlace, wordlessError } from "./wordless-error.ts";

/** Why an answer cannot be believed, completing "It answered …"; `undefined` if it can. */
export type Nonsense = (answer: unknown) => string | undefined;

export interface AskLimits {
  /** Without an answer for so long, the call is given up. */
  readonly limitMs: number;
  /** The one that the member was given: it owes an end soon after it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Asking again does no harm, and may do. */
  readonly isRepeatable?: boolean;
}

/** The limit of what ends with its own signal alone. */
export const endless = Number.POSITIVE_INFINITY;

/** Longer than the shipped adapters take to give up an operation that they cannot end, 1 s. */
const graceMs = 1_500;

/**
 * Calls members of one part that is not ours. What throws, hangs or answers nonsense is a fault of
 * the door, and an error `contract.broken` for whoever asked: nonsense is never taken for a fact.
 * The errors that a contract names pass as they are. What comes after the end of a call is dropped.
 */
export class Guard {
  readonly #part: string;
  readonly #faults: Faults;

  constructor(part: string, faults: Faults) {
    this.#part = part;
    this.#faults = faults;
  }

  /** A synchronous member. */
  call<Answer>(member: string, work: () => Answer, nonsense: Nonsense): Answer {
    let answer: Answer;
    try {
      answer = work();
      drop(answer);
    } catch (error) {
      throw this.#thrown(member, error, {});
    }
    this.believe(member, answer, nonsense, false);
    return answer;
  }

  /** An asynchronous member. On hot paths: a promise, a timer and a listener. */
  ask<Answer>(member: string, work: () => PromiseLike<Answer>, nonsense: Nonsense, limits: AskLimits): Promise<Answer> {
    const { limitMs, signal, isRepeatable = false } = limits;
    return new Promise((resolve, reject) => {
      let grace: NodeJS.Timeout | undefined;
      let isOver = false;
      const giveUp = (what: string) => {
        end();
        reject(this.#broken(member, `it did not answer ${what}`, true));
      };
      // Neither timer keeps a process that has nothing else to do: the work itself does, or nobody needs it.
      const limit = setTimeout(giveUp, boundedDelay(limitMs), `within ${limitMs} ms`).unref();
      const onAbort = () => {
        clearTimeout(limit);
        grace ??= setTimeout(giveUp, graceMs, `within ${graceMs} ms of its signal`).unref();
      };
      const end = () => {
        isOver = true;
        clearTimeout(limit);
        clearTimeout(grace);
        signal?.removeEventListener("abort", onAbort);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
      const failed = (error: unknown) => {
        if (isOver) return;
        end();
        reject(this.#thrown(member, error, limits));
      };
      try {
        Promise.resolve(work()).then((answer) => {
          if (isOver) return;
          end();
          try {
            this.believe(member, answer, nonsense, isRepeatable);
            resolve(answer);
          } catch (error) {
            reject(error);
          }
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /** Errors: `contract.broken`. */
  believe(member: string, answer: unknown, nonsense: Nonsense, isRepeatable: boolean): void {
    let why: string | undefined;
    try {
      why = nonsense(answer);
    } catch (error) {
      why = `what throws ${nameAndPlace(error)} when it is read`;
    }
    if (why !== undefined) throw this.#broken(member, `it answered ${why}`, isRepeatable);
    this.#faults.worked(this.#part, member);
  }

  /** Some of an answer is nonsense, and is left out. */
  leftOut(member: string, what: string): void {
    this.#broken(member, `it answered ${what}`, false);
  }

  #thrown(member: string, error: unknown, { signal, isRepeatable = false }: Partial<AskLimits>): unknown {
    if (isNamed(error)) return error;
    if (signal?.aborted) {
      const message = `\`${member}\` of ${this.#part} was aborted.`;
      return new SynclineError("operation.aborted", message, { cause: wordlessError(error) });
    }
    return this.#broken(member, `it threw ${nameAndPlace(error)}`, isRepeatable, wordlessError(error));
  }

  #broken(member: string, what: string, retryable: boolean, cause?: unknown): SynclineError {
    const message = `\`${member}\` of ${this.#part} broke its contract: ${what}.`;
    const error = new SynclineError("contract.broken", message, { retryable, cause });
    this.#faults.caught(this.#part, member, error);
    return error;
  }
}

/** One of the errors that contracts name, with what everybody reads of it. */
function isNamed(error: unknown): error is SynclineError {
  return isSynclineError(error) && typeof error.code === "string" && typeof error.message === "string";
}
