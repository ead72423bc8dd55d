/**
 * Local times of one zone, as if they were UTC: epoch milliseconds of what a clock on the wall
 * shows.
 */
export interface WallClock {
  at(instant: number): number;
  /**
   * When the clock shows this: once, twice where it is set back, never where it is set forward.
   * Unless it is once, `changesAt` is when the clock is set.
   */
  instants(wall: number): { readonly at: readonly number[]; readonly changesAt?: number };
}

/**
 * Zones are at most this far from UTC; beyond it on either side lies another offset, if there are
 * two.
 */
const reachMs = 26 * 3_600_000;

/**
 * @param timezone an IANA name; default: the process's. Throws `RangeError` for one that there is
 * not.
 */
export function wallClock(timezone?: string): WallClock {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(timezone === undefined ? {} : { timeZone: timezone }),
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });

  function at(instant: number): number {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const milliseconds = ((instant % 1_000) + 1_000) % 1_000;
    return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  }

  const offsetAt = (instant: number) => at(instant) - instant;

  return {
    at,
    instants(wall) {
      const before = offsetAt(wall - reachMs);
      const after = offsetAt(wall + reachMs);
      const found = [...new Set([before, after])].map((offset) => wall - offset);
      const shown = found.filter((instant) => at(instant) === wall).sort((one, other) => one - other);
      if (shown.length === 1) return { at: shown };
      return { at: shown, changesAt: changeBetween(offsetAt, wall - reachMs, wall + reachMs) };
    },
  };
}

/** The first instant with the later offset, by halving. */
function changeBetween(offsetAt: (instant: number) => number, from: number, to: number): number {
  const later = offsetAt(to);
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === later) after = middle;
    else before = middle;
  }
  return after;
}
