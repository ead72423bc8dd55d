import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in ticks of 10 ms, whatever the kernel's own rate. */
const millisPerTick = 10;

interface ProcessStat {
  readonly name: string;
  readonly parent: number;
  readonly ownMs: number;
  readonly reapedMs: number;
}

/** Processor time of one process; `undefined` where there is no /proc, or no such process. */
export function processCpuMs(pid: number): number | undefined {
  return readStat(pid)?.ownMs;
}

/** The most memory that a process has held at once, in MiB. */
export function peakMiB(pid: number): number | undefined {
  const kib = /VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Processor time of a process, its children, and the children that it has outlived. */
export function treeCpuMs(root: number): number | undefined {
  const stat = readStat(root);
  if (stat === undefined) return undefined;
  const children = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => readStat(Number(entry)) ?? [])
    .filter((each) => each.parent === root);
  return children.reduce((sum, child) => sum + child.ownMs, stat.ownMs + stat.reapedMs);
}

/** The postmaster of a backend, if it is a process of this machine. */
export function postmasterOf(backend: number): number | undefined {
  const stat = readStat(backend);
  return stat?.name.startsWith("postgres") ? stat.parent : undefined;
}

/** Processor time of the whole machine, all cores together. */
export function machineCpuMs(): number | undefined {
  const line = read("/proc/stat")?.split("\n", 1)[0];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * millisPerTick;
}

function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name stands in parentheses and may itself hold some.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const ticks = (index: number) => Number(fields[index] ?? 0) * millisPerTick;
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    parent: Number(fields[1]),
    ownMs: ticks(11) + ticks(12),
    reapedMs: ticks(13) + ticks(14),
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
