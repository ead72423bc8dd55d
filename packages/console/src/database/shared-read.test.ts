import { expect, it } from "vitest";
import { History } from "./history.ts";
import { SharedRead } from "./shared-read.ts";

/** A read that ends when it is told to. */
function slowRead() {
  const waiting: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const load = () => new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }));
  return { load, waiting };
}

it("what is old is given while the new one takes long, with its time", async () => {
  const { load, waiting } = slowRead();
  const read = new SharedRead(load, 1);
  const first = read.get(60_000);
  waiting[0]?.resolve(1);
  const { at } = await first;
  read.expire();
  // The second never comes.
  expect(await read.get(60_000)).toEqual({ value: 1, at, error: undefined });
  expect(await read.get(60_000)).toMatchObject({ value: 1 });
  expect(waiting).toHaveLength(2);
});

it("a failure keeps what was there, and is told", async () => {
  const { load, waiting } = slowRead();
  const read = new SharedRead(load, 1);
  const first = read.get(60_000);
  waiting[0]?.reject(new Error("away"));
  await expect(first).rejects.toThrow("away");
  read.expire();
  const second = read.get(60_000);
  waiting[1]?.resolve(2);
  expect(await second).toMatchObject({ value: 2, error: undefined });
  read.expire();
  const third = read.get(60_000);
  waiting[2]?.reject(new Error("away again"));
  expect(await third).toMatchObject({ value: 2, error: new Error("away again") });
});

it("history has a gap where nobody looked, and forgets what is gone", () => {
  let now = 600_000;
  const history = new History(1_000, () => now);
  history.set("crm", "ageMs", 5);
  history.add("crm", "delivered", 2);
  history.add("crm", "delivered", 3);
  now += 2_000;
  history.set("crm", "ageMs", 7);
  const read = history.read("crm");
  expect(read?.ageMs).toHaveLength(60);
  expect(read?.ageMs.slice(-4)).toEqual([null, 5, null, 7]);
  expect(read?.delivered.slice(-3)).toEqual([5, null, null]);
  now += 100_000;
  expect(history.read("crm")?.ageMs.every((value) => value === null)).toBe(true);
  history.keep(new Set(["other"]));
  expect(history.read("crm")).toBeUndefined();
});
