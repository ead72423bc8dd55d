import { cpus } from "node:os";
import { clockMs } from "../processes/clock.ts";
import { machineCpuMs, processCpuMs, treeCpuMs } from "../processes/cpu.ts";
import type { BenchContext } from "./bench-context.ts";

/** Processor milliseconds since the meter was made; `undefined` where the system does not tell. */
export interface CpuReading {
  readonly worker: number | undefined;
  readonly database: number | undefined;
  readonly sink: number | undefined;
  /** The part of the machine that neither we nor idleness used, from 0 to 1. */
  readonly strangers: number | undefined;
}

/** @param workers process ids: theirs are added up. */
export function cpuMeter({ postmaster, sink }: BenchContext, ...workers: readonly number[]): () => CpuReading {
  const sample = () => ({
    at: clockMs(),
    worker: workers.map(processCpuMs).reduce(plus, 0),
    database: postmaster === undefined ? undefined : treeCpuMs(postmaster),
    sink: processCpuMs(sink.pid),
    own: processCpuMs(process.pid),
    machine: machineCpuMs(),
  });
  const before = sample();
  return () => {
    const after = sample();
    const spent = (name: keyof typeof before) => minus(after[name], before[name]);
    const parts = [spent("worker"), spent("database"), spent("sink"), spent("own")];
    const machine = spent("machine");
    const ours = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
    const capacity = (after.at - before.at) * cpus().length;
    return {
      worker: parts[0],
      database: parts[1],
      sink: parts[2],
      strangers: machine === undefined ? undefined : Math.max(0, machine - ours) / capacity,
    };
  };
}

function plus(sum: number | undefined, part: number | undefined): number | undefined {
  return sum === undefined || part === undefined ? undefined : sum + part;
}

function minus(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
