import { told } from "../engine/guard/answer-checks.ts";
import { type Faults, faultSentence } from "../engine/guard/faults.ts";
import { wordlessError } from "../engine/guard/wordless-error.ts";
import { SynclineError } from "../model/errors.ts";
import { isPlainObject } from "../model/option-checks.ts";
import type { Problem } from "../model/problem.ts";
import { drop } from "../model/thenable.ts";

export type ForeignProblems =
  | { readonly answered: true; readonly problems: readonly Problem[] }
  /** What the member did instead, for a person. */
  | { readonly answered: false; readonly bug: string };

/**
 * A member of a part that is not ours and owes a list of problems. What else it does is a fault of
 * the part, and stops nothing else.
 */
export interface ForeignMember {
  readonly part: string;
  readonly member: string;
  readonly faults: Faults;
}

export function askProblems(asked: ForeignMember, ask: () => unknown): ForeignProblems {
  return judged(asked, () => {
    const answer = ask();
    // Of a member that should not be asynchronous and is: nobody waits for it, nor hears of its end.
    drop(answer);
    return problemsOf(answer);
  });
}

/** The same of an answer that has come, or of what came instead. */
export function judged({ part, member, faults }: ForeignMember, find: () => readonly Problem[]): ForeignProblems {
  try {
    const problems = find();
    faults.worked(part, member);
    return { answered: true, problems };
  } catch (error) {
    faults.caught(part, member, error);
    return { answered: false, bug: faultSentence({ part, member, error: wordlessError(error) }) };
  }
}

export function problemsOf(answer: unknown): readonly Problem[] {
  if (!Array.isArray(answer)) throw nonsense(told(answer));
  return answer.map((problem: unknown) => {
    if (!isPlainObject(problem)) throw nonsense("a list with something else in it");
    const { at, message } = problem;
    if (typeof at !== "string" || typeof message !== "string") throw nonsense("problems without `at` or `message`");
    return { at, message };
  });
}

function nonsense(what: string): SynclineError {
  return new SynclineError("contract.broken", `it owes a list of problems, and answered ${what}`);
}
