import type { InvokeContext, SyncCall, SyncInvoker } from "../contracts/sync-invoker.ts";
import type { Failure, Outcome } from "../model/outcome.ts";

export interface AttemptParts {
  readonly invoker: SyncInvoker;
  readonly timeoutMs: number;
  /** How long a transport may take to notice its signal. Then core gives the call up, loudly. */
  readonly graceMs: number;
  readonly trace: InvokeContext["trace"];
  /** Is handed the way to end the call early. */
  readonly onStart: (abort: (reason: string) => void) => void;
  readonly onBug: (error: unknown) => void;
  /** The call was still under way at its deadline. */
  readonly onDeadline: () => void;
}

/**
 * One guarded call of an invoker: always an outcome that makes sense, always soon after the deadline. One promise and no
 * listener of our own: this is on the way of every call.
 */
export function attempt(parts: AttemptParts, call: SyncCall): Promise<Outcome> {
  return new Promise((resolve) => {
    const controller = new AbortController();
    let overrun: NodeJS.Timeout | undefined;
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      clearTimeout(overrun);
      resolve(outcome);
    };
    const abort = (reason: string) => {
      overrun ??= setTimeout(() => end(failed("invoker.overran", "The transport ignored its signal.")), parts.graceMs);
      controller.abort(new Error(reason));
    };
    const timer = setTimeout(() => {
      parts.onDeadline();
      abort("deadline");
    }, parts.timeoutMs);
    const threw = (error: unknown) => {
      parts.onBug(error);
      end(failed("invoker.threw", "The transport threw instead of reporting an outcome."));
    };
    const deadline = Date.now() + parts.timeoutMs;
    parts.onStart(abort);
    try {
      const context: InvokeContext = { signal: controller.signal, deadline, trace: parts.trace };
      parts.invoker.invoke(call, context).then((outcome) => end(believable(outcome, call, parts)), threw);
    } catch (error) {
      threw(error);
    }
  });
}

function believable(outcome: Outcome, call: SyncCall, { onBug }: AttemptParts): Outcome {
  const nonsense = checkOutcome(outcome, call.items.length);
  if (nonsense === undefined) return outcome;
  onBug(new Error(nonsense));
  return failed("invoker.outcome", nonsense);
}

function failed(code: string, message: string): Outcome {
  const failure: Failure = { kind: "transient", code, message, effect: "maybe" };
  return { status: "failed", failure };
}

/** Why an outcome cannot be believed: a partial list out of range would silently accept what was refused. */
function checkOutcome(outcome: Outcome, items: number): string | undefined {
  switch (outcome?.status) {
    case "accepted":
      return undefined;
    case "failed":
      return outcome.failure === undefined ? "The transport reported a failure without saying which." : undefined;
    case "partial":
    case "unsendable": {
      const indices = new Set(outcome.failures.map((failure) => failure.index));
      const sound =
        indices.size > 0 &&
        indices.size === outcome.failures.length &&
        outcome.failures.every(({ index }) => Number.isInteger(index) && index >= 0 && index < items);
      return sound
        ? undefined
        : `The transport reported "${outcome.status}" with indices that do not fit ${items} items.`;
    }
    default:
      return "The transport reported no outcome.";
  }
}
