import { Refusal } from "./failure.ts";

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `3d` in milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (match === null) throw new Refusal(`"${text}" is no time: write 90s, 15m, 2h or 3d.`, 2);
  return Number(match[1]) * units[match[2] as keyof typeof units];
}

/** The largest unit that leaves a number of at least one: `3.2 s`, `14 min`, `2.1 d`. */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const [value, unit] =
    ms < units.m
      ? [ms / units.s, "s"]
      : ms < units.h
        ? [ms / units.m, "min"]
        : ms < units.d
          ? [ms / units.h, "h"]
          : [ms / units.d, "d"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
