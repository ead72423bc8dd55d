/** Epoch milliseconds. */
export interface Stall {
  readonly from: number;
  readonly until: number;
}

const beatMs = 20;
const noticedMs = 60;

/**
 * Tells of times in which this process could do nothing: on a busy machine, or because it was frozen. What came in then was
 * seen late, and deadlines ended calls that had been answered. By the monotonic clock, for the other one may be set wrong.
 */
export function watchStalls(tell: (stall: Stall) => void): () => void {
  const now = () => performance.timeOrigin + performance.now();
  let beat = now();
  const timer = setInterval(() => {
    const from = beat;
    beat = now();
    if (beat - from > noticedMs) tell({ from, until: beat });
  }, beatMs).unref();
  return () => clearInterval(timer);
}
