import { expect, it } from "vitest";
import { EventHub } from "../events.ts";
import { Faults } from "./faults.ts";
import { guardTrace, type Trace } from "./guard-trace.ts";

const call = {} as Parameters<Trace>[0];

function guarded(trace: () => unknown) {
  const events = new EventHub(() => {});
  const told: string[] = [];
  events.on("fault", ({ part, code }) => told.push(`${part} ${code}`));
  events.on("faultCleared", ({ part }) => told.push(`${part} works`));
  return { trace: guardTrace(trace as Trace, new Faults(events)), told };
}

it.each<[what: string, trace: () => unknown]>([
  [
    "throws",
    () => {
      throw new Error("x");
    },
  ],
  ["is no function", undefined as never],
  ["answers undefined", () => undefined],
  ["answers null", () => null],
  ["answers a text", () => "00-1-2-01"],
  ["answers a list", () => ["traceparent"]],
  ["answers a Map", () => new Map([["traceparent", "x"]])],
  ["answers Headers", () => new Headers({ traceparent: "x" })],
  ["answers a promise", async () => ({})],
  ["answers a promise that rejects", () => Promise.reject(new Error("x"))],
  ["answers a number for a value", () => ({ traceparent: 1 })],
  ["answers a value that breaks the line", () => ({ traceparent: "x\r\nauthorization: none" })],
  ["answers a value beyond ASCII", () => ({ tracestate: "ü" })],
  ["answers a name that breaks the line", () => ({ "a\r\nb": "x" })],
  ["answers a name that is empty", () => ({ "": "x" })],
  ["answers a thousand headers", () => Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`x-${n}`, "x"]))],
  ["answers a megabyte", () => ({ baggage: "x".repeat(1_000_000) })],
  [
    "answers a getter that throws",
    () => ({
      get traceparent() {
        throw new Error("x");
      },
    }),
  ],
])("A call goes out without headers where `trace` %s, which is a fault", async (_, trace) => {
  const { trace: safe, told } = guarded(trace);
  expect(safe(call)).toEqual({});
  expect(told).toEqual(["trace fault.trace"]);
});

it("passes headers on as they were when they were looked at", () => {
  let reads = 0;
  const { trace, told } = guarded(() => ({
    get traceparent() {
      reads += 1;
      return `00-${reads}`;
    },
  }));
  const headers = trace(call);
  expect([headers.traceparent, headers.traceparent, told]).toEqual(["00-1", "00-1", []]);
});
