import type { Failure } from "../../model/outcome.ts";
import { isRecord, told } from "../guard/answer-checks.ts";
import type { Faults } from "../guard/faults.ts";
import { Guard, type Nonsense } from "../guard/guard.ts";
import { presentable } from "./believable-outcome.ts";
import type { Downstream } from "./downstream.ts";

const mostMs = 10_000;

const aFailureOrNothing: Nonsense = (answer) =>
  answer === undefined || (isRecord(answer) && typeof answer.kind === "string") ? undefined : told(answer);

/**
 * Asks a downstream's transport whether the downstream is back. Ends soon after 10 s, or the time that a
 * call may take, or the signal, whatever the transport does.
 *
 * @param timeoutMs of the strategy's calls.
 * @returns what is wrong; `undefined` also where the transport cannot say: the call itself is the
 * probe then.
 */
export async function checkDownstream(
  { name, invoker }: Downstream,
  timeoutMs: number,
  stop: AbortSignal,
  faults: Faults,
): Promise<Failure | undefined> {
  const checkMs = Math.min(mostMs, timeoutMs);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(checkMs)]);
  const context = { signal, deadline: Date.now() + checkMs, trace: {} };
  // The signal fires first; the guard has its own patience with what ignores it.
  const limitMs = 2 * mostMs;
  const check = async () => await invoker.check?.(context);
  try {
    const guard = new Guard(`downstream ${name}`, faults);
    const failure = await guard.ask("check", check, aFailureOrNothing, { limitMs, signal });
    return failure && presentable(failure);
  } catch {
    // The guard has told of it.
    return undefined;
  }
}
