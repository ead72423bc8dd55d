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

/** One guarded call of an invoker: always an outcome that makes sense, always soon after the deadline. */
export async function attempt(parts: AttemptParts, call: SyncCall): Promise<Outcome> {
  const controller = new AbortController();
  const deadline = Date.now() + parts.timeoutMs;
  const timer = setTimeout(() => {
    parts.onDeadline();
    controller.abort(new Error("deadline"));
  }, parts.timeoutMs);
  parts.onStart((reason) => controller.abort(new Error(reason)));
  const context: InvokeContext = { signal: controller.signal, deadline, trace: parts.trace };
  let overrun: NodeJS.Timeout | undefined;
  try {
    const overran = new Promise<Outcome>((resolve) => {
      controller.signal.addEventListener("abort", () => {
        overrun = setTimeout(
          () => resolve(failed("invoker.overran", "The transport ignored its signal.")),
          parts.graceMs,
        );
      });
    });
    const outcome = await Promise.race([parts.invoker.invoke(call, context), overran]);
    const nonsense = checkOutcome(outcome, call.items.length);
    if (nonsense === undefined) return outcome;
    parts.onBug(new Error(nonsense));
    return failed("invoker.outcome", nonsense);
  } catch (error) {
    parts.onBug(error);
    return failed("invoker.threw", "The transport threw instead of reporting an outcome.");
  } finally {
    clearTimeout(timer);
    clearTimeout(overrun);
  }
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
