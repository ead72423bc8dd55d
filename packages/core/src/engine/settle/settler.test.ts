import { testClaim } from "@syncline/testkit/makers";
import { expect, it, vi } from "vitest";
import type { SettleEffect, Settlement } from "../../model/delivery.ts";
import { SynclineError } from "../../model/errors.ts";
import { Settler } from "./settler.ts";

const accepted = (id: string): Settlement => ({ result: "accepted", claim: testClaim({ id, token: "t" }) });

function settler(settle: (batch: readonly Settlement[]) => Promise<readonly SettleEffect[]>, patienceMs = 2 ** 30) {
  const effects: [string, SettleEffect][] = [];
  const errors: unknown[] = [];
  const made = new Settler({
    poller: { settle } as never,
    delayMs: 1,
    retryMs: 1,
    patienceMs,
    now: () => performance.now(),
    onEffect: (settlement, effect) => effects.push([settlement.claim.id, effect]),
    onError: (error) => errors.push(error),
  });
  return { made, effects, errors };
}

it("gathers what comes together into one statement, and what comes meanwhile into the next", async () => {
  const batches: string[][] = [];
  const { made, effects } = settler(async (batch) => {
    batches.push(batch.map((settlement) => settlement.claim.id));
    if (batches.length === 1) {
      made.add(accepted("3"));
      made.add(accepted("4"));
    }
    return batch.map(() => "applied");
  });
  made.add(accepted("1"));
  made.add(accepted("2"));
  await made.flush();
  expect(batches).toEqual([
    ["1", "2"],
    ["3", "4"],
  ]);
  expect(effects.map(([id]) => id)).toEqual(["1", "2", "3", "4"]);
  expect(made.pending).toBe(0);
});

it("waits longer for company after a statement that many shared, and less again after one of few", async () => {
  vi.useFakeTimers();
  try {
    const sizes: number[] = [];
    const made = new Settler({
      poller: {
        settle: async (batch: readonly Settlement[]) => {
          sizes.push(batch.length);
          return batch.map(() => "applied" as const);
        },
      } as never,
      delayMs: 10,
      retryMs: 1,
      patienceMs: 2 ** 30,
      now: () => performance.now(),
      onEffect: () => {},
      onError: () => {},
    });
    for (let id = 0; id < 20; id += 1) made.add(accepted(String(id)));
    await vi.advanceTimersByTimeAsync(10);
    made.add(accepted("20"));
    await vi.advanceTimersByTimeAsync(49);
    expect(sizes).toEqual([20]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes).toEqual([20, 1]);
    made.add(accepted("21"));
    await vi.advanceTimersByTimeAsync(10);
    expect(sizes).toEqual([20, 1, 1]);
  } finally {
    vi.useRealTimers();
  }
});

it("settles by itself, without a flush", async () => {
  const { made, effects } = settler(async (batch) => batch.map(() => "applied"));
  made.add(accepted("1"));
  await vi.waitFor(() => expect(effects).toEqual([["1", "applied"]]));
});

it("tries again what the database could not take now, and loses nothing", async () => {
  let times = 0;
  const { made, effects, errors } = settler(async (batch) => {
    times += 1;
    if (times < 3) throw new SynclineError("database.unavailable", "away");
    return batch.map(() => "applied");
  });
  made.add(accepted("1"));
  await made.flush();
  expect(effects).toEqual([["1", "applied"]]);
  expect(errors).toHaveLength(2);
});

it("gives a settlement up when its lease has long lapsed, and says that it is late", async () => {
  const { made, effects } = settler(async () => {
    throw new SynclineError("database.unavailable", "away");
  }, 0);
  made.add(accepted("1"));
  await made.flush();
  expect(effects).toEqual([["1", "late"]]);
});

it("does not try for ever what fails for another reason", async () => {
  let times = 0;
  const { made, effects } = settler(async () => {
    times += 1;
    throw new SynclineError("database.failed", "broken");
  });
  made.add(accepted("1"));
  await made.flush();
  expect([times, effects]).toEqual([1, [["1", "late"]]]);
});

it("gives up at the signal what the database still cannot take, so that a stop ends", async () => {
  const { made, effects } = settler(async () => {
    throw new SynclineError("database.unavailable", "away");
  });
  made.add(accepted("1"));
  await made.flush(AbortSignal.abort());
  expect(effects).toEqual([["1", "late"]]);
});

it("settles a delivery once in a statement where it was claimed again before the database took the first", async () => {
  const batches: string[][] = [];
  const { made, effects } = settler(async (batch) => {
    batches.push(batch.map(({ claim: { id, token } }) => `${id} ${token}`));
    if (batches.length === 1) throw new SynclineError("database.unavailable", "away");
    return batch.map(() => "applied");
  });
  made.add(accepted("1"));
  made.add(accepted("2"));
  const first = made.flush();
  await vi.waitFor(() => expect(batches).toHaveLength(1));
  made.add({ result: "accepted", claim: testClaim({ id: "1", token: "later" }) });
  await first;
  expect(batches[1]).toEqual(["2 t", "1 later"]);
  expect(effects).toEqual([
    ["1", "late"],
    ["2", "applied"],
    ["1", "applied"],
  ]);
});

it("sets its timer once for more than a statement's worth: set again by each one, it would never fire", async () => {
  const { made, effects } = settler(async (batch) => batch.map(() => "applied"));
  for (let id = 0; id < 1_000; id += 1) made.add(accepted(String(id)));
  const timers = vi.spyOn(globalThis, "setTimeout");
  for (let id = 1_000; id < 5_000; id += 1) made.add(accepted(String(id)));
  expect(timers).not.toHaveBeenCalled();
  timers.mockRestore();
  await vi.waitFor(() => expect(effects).toHaveLength(5_000));
});

it("gives up at the end what is under way and does not come back, and counts it", async () => {
  const end = new AbortController();
  let begun = 0;
  const { made, effects } = settler((batch) => {
    begun += batch.length;
    return new Promise(() => {});
  });
  made.add(accepted("1"));
  const flushed = made.flush(AbortSignal.abort(), end.signal);
  await vi.waitFor(() => expect(begun).toBe(1));
  made.add(accepted("2"));
  end.abort();
  expect(await flushed).toBe(2);
  made.add(accepted("3"));
  expect(effects).toEqual([
    ["1", "late"],
    ["2", "late"],
    ["3", "late"],
  ]);
});

it("ends its pause between two tries at the deadline", async () => {
  const deadline = new AbortController();
  const errors: unknown[] = [];
  const made = new Settler({
    poller: { settle: () => Promise.reject(new SynclineError("database.unavailable", "away")) } as never,
    delayMs: 1,
    retryMs: 2 ** 30,
    patienceMs: 2 ** 30,
    now: () => performance.now(),
    onEffect: () => {},
    onError: (error) => errors.push(error),
  });
  made.add(accepted("1"));
  const flushed = made.flush(deadline.signal);
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  deadline.abort();
  expect(await flushed).toBe(1);
  expect(errors).toHaveLength(2);
});

it.each([
  ["fewer effects", ["applied"]],
  ["more effects", ["applied", "applied", "applied"]],
  ["an unknown effect", ["applied", "done"]],
  ["nothing", undefined],
  ["no list", { 0: "applied", 1: "applied", length: 2 }],
])("takes no effect from an answer of %s, and reports it", async (_, answer) => {
  const { made, effects, errors } = settler(async () => answer as never);
  made.add(accepted("1"));
  made.add(accepted("2"));
  await made.flush();
  expect(effects).toEqual([
    ["1", "late"],
    ["2", "late"],
  ]);
  expect(errors).toMatchObject([{ code: "contract.broken" }]);
});
