const trueDate = Date;
let offsetMs = 0;

/** Sets this process's wall clock wrong. The monotonic clock and the timers stay right, as they do in life. */
export function setClockWrong(byMs: number): void {
  offsetMs = byMs;
  globalThis.Date = class extends trueDate {
    constructor(...parts: readonly unknown[]) {
      // Without arguments it is the time now; with some it is the time given.
      if (parts.length === 0) super(trueDate.now() + offsetMs);
      else super(...(parts as [number]));
    }
    static override now(): number {
      return trueDate.now() + offsetMs;
    }
  } as DateConstructor;
}
