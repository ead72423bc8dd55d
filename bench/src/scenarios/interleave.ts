import type { BenchContext } from "../drain/bench-context.ts";
import type { Measurement } from "../report/measurement.ts";

/** One step of a repeat. */
export type Run = () => Promise<Measurement>;

/** A B C A B C: what drifts, and what strangers do to the machine, hits all contenders alike. */
export async function interleave(
  { repeats, say }: BenchContext,
  scenario: string,
  leading: string,
  runs: readonly Run[],
): Promise<readonly (readonly Measurement[])[]> {
  const all: Measurement[][] = [];
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    const measured: Measurement[] = [];
    for (const run of runs) {
      const result = await run();
      say(`${scenario} ${repeat}/${repeats}  ${result.contender}: ${result.values[leading]?.toFixed(2)} ${leading}`);
      measured.push(result);
    }
    all.push(measured);
  }
  return all;
}
