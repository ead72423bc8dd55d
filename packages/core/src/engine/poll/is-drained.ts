import type { BacklogStore } from "../../contracts/backlog-store.ts";
import type { LaneRunner } from "../lane/lane-runner.ts";

/** Whether nothing is due of what is in force, at this worker or at others. */
export async function isDrained(
  backlog: BacklogStore,
  lanes: readonly LaneRunner[],
  withRetries: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const status = await backlog.status(signal);
  // What waits for its window is not waited for, as what is paused is not.
  const open = lanes.filter(({ opensAt }) => opensAt === undefined);
  const mine = new Set(open.map(({ strategy }) => strategy.name));
  return (
    status.changes === 0 &&
    status.strategies
      .filter(({ strategy, paused }) => mine.has(strategy) && !paused)
      .every(({ due, leased, waiting }) => due === 0 && leased === 0 && (!withRetries || waiting === 0))
  );
}
