import { expect, it } from "vitest";
import { EventHub } from "./events.ts";

function made() {
  const told: string[] = [];
  const events = new EventHub(
    (event, error) => told.push(`${event}: ${(error as Error).message}`),
    (event) => told.push(`${event} works`),
  );
  const emit = () => events.emit("absent", { strategy: "s", keys: [] });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { events, emit, told, settled };
}

it.each<[how: string, fail: () => unknown]>([
  [
    "throws",
    () => {
      throw new Error("x");
    },
  ],
  ["rejects", () => Promise.reject(new Error("x"))],
  [
    "rejects as another library's promises do",
    // biome-ignore lint/suspicious/noThenProperty: it is what is tried.
    () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(new Error("x")) }),
  ],
  [
    "gives back what throws when it is looked at",
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: it is what is tried.
      get then() {
        throw new Error("x");
      },
    }),
  ],
])("A listener that %s keeps no other from hearing, until it works again", async (_, fail) => {
  const { events, emit, told, settled } = made();
  let isBroken = true;
  const heard: number[] = [];
  events.on("absent", () => (isBroken ? fail() : undefined) as undefined);
  events.on("absent", () => void heard.push(1));
  emit();
  await settled();
  expect([heard, told]).toEqual([[1], ["absent: x"]]);
  isBroken = false;
  emit();
  expect([heard, told]).toEqual([
    [1, 1],
    ["absent: x", "absent works"],
  ]);
});

it("works again where the listener that failed is taken away", () => {
  const { events, emit, told } = made();
  const off = events.on("absent", () => {
    throw new Error("x");
  });
  emit();
  off();
  expect(told).toEqual(["absent: x", "absent works"]);
});

it("calls what is subscribed during an event at the next one, and not what is taken away meanwhile", () => {
  const { events, emit, told } = made();
  const heard: string[] = [];
  const again = () => {
    heard.push("again");
    events.on("absent", () => again());
  };
  events.on("absent", again);
  events.on("absent", () => off());
  const off = events.on("absent", () => void heard.push("taken away"));
  emit();
  expect(heard).toEqual(["again"]);
  emit();
  expect([heard, told]).toEqual([["again", "again", "again"], []]);
});

it("ends where a listener emits what it hears", () => {
  const { events, emit, told } = made();
  events.on("absent", () => emit());
  emit();
  expect(told[0]).toContain("call stack");
});
