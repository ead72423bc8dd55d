import type { Random } from "../../../packages/testkit/src/history/random.ts";
import { type Fault, type FaultContext, type Inflicted, Misconduct } from "./fault.ts";
import { pause } from "./pause.ts";

export interface Chaos {
  readonly inflicted: readonly Inflicted[];
  /** What workers did that they must not do, with the fault's name before it. */
  readonly failures: readonly string[];
}

/** Until the signal fires: one to three faults at a time, picked at random, healed before the next. */
export async function wreakHavoc(faults: readonly Fault[], context: FaultContext): Promise<Chaos> {
  const inflicted: Inflicted[] = [];
  const failures: string[] = [];
  const { random, signal } = context;
  while (!signal.aborted) {
    const chosen = pickSome(faults, random);
    await Promise.all(
      chosen.map(async (fault, index) => {
        const entry: Inflicted = { fault: fault.name, at: Date.now(), healedAt: undefined, targets: [] };
        inflicted.push(entry);
        const own = { ...context, random: random.fork(`${inflicted.length} ${index}`) };
        try {
          await fault.inflict({ ...own, note: (target) => entry.targets.push(target) });
        } catch (error) {
          if (error instanceof Misconduct) failures.push(`${fault.name}: ${error.message}`);
          // Else it was itself cut short, by the server's restart perhaps.
          else entry.targets.push(`cut short: ${String(error)}`);
        }
        entry.healedAt = Date.now();
      }),
    );
    await pause(random.integer(50, 400), signal);
  }
  return { inflicted, failures };
}

function pickSome(faults: readonly Fault[], random: Random): readonly Fault[] {
  const chosen = new Set<Fault>();
  for (let left = random.integer(1, 3); left > 0; left -= 1) chosen.add(random.pick(faults));
  return [...chosen];
}

export function countByKind(inflicted: readonly Inflicted[]): { readonly [fault: string]: number } {
  const counts: { [fault: string]: number } = {};
  for (const { fault } of inflicted) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}
