/** Runs `work` while this process's `Date` is off by so many milliseconds, as on a machine whose clock is wrong. */
export async function withWorkerClock<Result>(offsetMs: number, work: () => Promise<Result>): Promise<Result> {
  const RealDate = globalThis.Date;
  class ShiftedDate extends RealDate {
    constructor(...parts: readonly []) {
      super(...((parts.length === 0 ? [RealDate.now() + offsetMs] : parts) as ConstructorParameters<DateConstructor>));
    }
    static override now(): number {
      return RealDate.now() + offsetMs;
    }
  }
  globalThis.Date = ShiftedDate as unknown as DateConstructor;
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
  }
}
