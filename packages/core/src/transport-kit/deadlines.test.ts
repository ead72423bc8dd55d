import { describe, expect, it, vi } from "vitest";
import { Deadlines, type Due } from "./deadlines.ts";

function dueIn(deadlines: Deadlines, ms: number, onDue = () => {}) {
  const seen: number[] = [];
  const due: Due = {
    dueAt: 0,
    place: -1,
    onDue: () => {
      seen.push(performance.now());
      onDue();
    },
  };
  const at = performance.now() + ms;
  deadlines.put(due, at);
  return { due, at, seen };
}

describe("many deadlines", () => {
  it("come in their order, none early", async () => {
    const deadlines = new Deadlines();
    const all = [30, 5.5, 12].map((ms) => dueIn(deadlines, ms));
    await vi.waitFor(() => expect(all.map(({ seen }) => seen.length)).toEqual([1, 1, 1]));
    for (const { seen, at } of all) expect(seen[0]).toBeGreaterThanOrEqual(at);
    expect(deadlines.size).toBe(0);
  });

  it("share one timer", () => {
    const made = vi.spyOn(globalThis, "setTimeout");
    const deadlines = new Deadlines();
    for (let call = 0; call < 100; call += 1) deadlines.drop(dueIn(deadlines, 30_000 + call).due);
    expect(made).toHaveBeenCalledTimes(1);
    clearTimeout(made.mock.results[0]?.value as NodeJS.Timeout);
    made.mockRestore();
  });

  it("may be dropped or put off while others come", async () => {
    const deadlines = new Deadlines();
    const put = dueIn(deadlines, 1, () => {
      deadlines.drop(dropped.due);
      if (put.seen.length === 1) deadlines.put(put.due, performance.now() + 2);
    });
    const dropped = dueIn(deadlines, 1);
    await vi.waitFor(() => expect(put.seen).toHaveLength(2));
    expect(dropped.seen).toHaveLength(0);
  });

  it("may lie further away than a timer of Node's reaches", async () => {
    const deadlines = new Deadlines();
    const far = dueIn(deadlines, 2 ** 40);
    const near = dueIn(deadlines, 5);
    await vi.waitFor(() => expect(near.seen).toHaveLength(1));
    expect(far.seen).toHaveLength(0);
    deadlines.drop(far.due);
  });

  it("keep the process alive only while there is one", () => {
    const made = vi.spyOn(globalThis, "setTimeout");
    const deadlines = new Deadlines();
    const { due } = dueIn(deadlines, 30_000);
    const timer = made.mock.results[0]?.value as NodeJS.Timeout;
    made.mockRestore();
    expect(timer.hasRef()).toBe(true);
    deadlines.drop(due);
    expect(timer.hasRef()).toBe(false);
    deadlines.put(due, performance.now() + 40_000);
    expect(timer.hasRef()).toBe(true);
    deadlines.drop(due);
    clearTimeout(timer);
  });
});
