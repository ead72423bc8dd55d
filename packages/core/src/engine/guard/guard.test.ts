import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SynclineError } from "../../model/errors.ts";
import { EventHub } from "../events.ts";
import { anything, aText } from "./answer-checks.ts";
import { Faults } from "./faults.ts";
import { Guard } from "./guard.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function made() {
  const events = new EventHub(() => {});
  const told: string[] = [];
  events.on("fault", ({ part, code }) => told.push(`${part} ${code}`));
  events.on("faultCleared", ({ part, member }) => told.push(`${part} ${member} works`));
  return { guard: new Guard("database", new Faults(events)), told };
}

const limits = { limitMs: 1_000 };
const broken = (words: string) => ({ code: "contract.broken", message: expect.stringContaining(words) });
const never = () => new Promise<never>(() => {});

it.each<[how: string, work: () => never, words: string]>([
  [
    "throws at once",
    () => {
      throw new TypeError("x");
    },
    "threw a TypeError",
  ],
  ["rejects with no error", () => Promise.reject("x") as never, "a value of type string"],
  [
    "rejects with what cannot be read",
    () =>
      Promise.reject(
        new Proxy(new Error("x"), {
          get: () => {
            throw 1;
          },
        }),
      ) as never,
    "cannot be read",
  ],
  ["answers what cannot be", (() => 5) as never, "the number 5"],
  [
    "has a `then` that throws",
    (() => ({
      // biome-ignore lint/suspicious/noThenProperty: it is what is tried.
      get then() {
        throw new Error("x");
      },
    })) as never,
    "threw an Error",
  ],
])("A member that %s is a fault, and an error for whoever asked", async (_, work, words) => {
  const { guard, told } = made();
  await expect(guard.ask("load", work, aText, limits)).rejects.toMatchObject(broken(words));
  expect(told).toEqual(["database fault.load"]);
  expect(await guard.ask("load", async () => "x", aText, limits)).toBe("x");
  expect(told.at(-1)).toBe("database load works");
  expect(vi.getTimerCount()).toBe(0);
});

it("gives up what does not answer within the limit, and drops what comes later", async () => {
  const { guard, told } = made();
  let answer: (value: string) => void = () => {};
  const asked = guard.ask(
    "load",
    () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
    aText,
    limits,
  );
  const end = expect(asked).rejects.toMatchObject({ ...broken("within 1000 ms"), retryable: true });
  await vi.advanceTimersByTimeAsync(1_000);
  await end;
  answer("late");
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(["database fault.load"]);
  expect(vi.getTimerCount()).toBe(0);
});

it("gives up what does not end soon after its signal", async () => {
  const { guard, told } = made();
  const stop = new AbortController();
  const asked = guard.ask("load", never, anything, { limitMs: Number.POSITIVE_INFINITY, signal: stop.signal });
  const end = expect(asked).rejects.toMatchObject(broken("of its signal"));
  await vi.advanceTimersByTimeAsync(100_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(1_500);
  await end;
  expect(told).toEqual(["database fault.load"]);
});

it("takes whatever comes after the signal for the abort that was asked for", async () => {
  const { guard, told } = made();
  const signal = AbortSignal.abort();
  const asked = guard.ask("load", () => Promise.reject(new Error("AbortError")), anything, { ...limits, signal });
  await expect(asked).rejects.toMatchObject({ code: "operation.aborted" });
  expect(told).toEqual([]);
});

it("lets the errors that contracts name pass, which are no fault", async () => {
  const { guard, told } = made();
  const error = new SynclineError("database.busy", "x");
  await expect(guard.ask("load", () => Promise.reject(error), anything, limits)).rejects.toBe(error);
  expect(told).toEqual([]);
});

it("guards a synchronous member in the same way", () => {
  const { guard, told } = made();
  const call = (work: () => unknown) => guard.call("subscribe", work, aText);
  expect(call(() => "x")).toBe("x");
  expect(() => call(() => Promise.reject(new Error("x")))).toThrow("answered");
  expect(() =>
    call(() => {
      throw new Error("x");
    }),
  ).toThrow("threw an Error");
  expect(told).toEqual(["database fault.subscribe"]);
});
