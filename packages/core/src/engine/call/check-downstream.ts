import type { Failure } from "../../model/outcome.ts";
import { presentable } from "./believable-outcome.ts";
import type { Downstream } from "./downstream.ts";

const checkMs = 10_000;
/** How long a transport may take to notice its signal. */
const graceMs = 1_000;

/**
 * Asks a downstream's transport whether the downstream is back. Ends soon after 10 s or the signal,
 * whatever the transport does.
 *
 * @returns what is wrong; `undefined` also where the transport cannot say.
 */
export async function checkDownstream(
  { invoker }: Downstream,
  stop: AbortSignal,
  onBug: (error: unknown) => void,
): Promise<Failure | undefined> {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<undefined>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      // Whatever the transport does, a process that has nothing else to do may end.
      timer = setTimeout(() => resolve(undefined), graceMs).unref();
      controller.abort(new Error("The check takes too long, or the lane has closed."));
    };
    timer = setTimeout(end, checkMs);
    stop.addEventListener("abort", end, { signal });
    if (stop.aborted) end();
  });
  try {
    const context = { signal, deadline: Date.now() + checkMs, trace: {} };
    const failure = await Promise.race([invoker.check?.(context), ended]);
    return failure && presentable(failure);
  } catch (error) {
    onBug(error);
    return undefined;
  } finally {
    clearTimeout(timer);
    controller.abort(new Error("The check has ended."));
  }
}
