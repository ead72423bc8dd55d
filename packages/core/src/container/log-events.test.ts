import { afterEach, expect, it, vi } from "vitest";
import type { Logger } from "../contracts/logger.ts";
import { EventHub } from "../engine/events.ts";
import { SynclineError } from "../model/errors.ts";
import { logEvents } from "./log-events.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("a database that cannot be polled is told once a minute for as long as that lasts", () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  const events = new EventHub(() => {});
  const log: Logger = { debug: () => {}, info: () => {}, warn: note, error: note };
  logEvents(events, log);
  const error = new SynclineError("database.unavailable", "The password is wrong.", { needsPerson: true });
  events.emit("error", { during: "start", error });
  events.emit("stalled", { error });
  for (let second = 0; second < 150; second += 1) {
    events.emit("error", { during: "poll", error });
    vi.advanceTimersByTime(1_000);
  }
  const line = "the database cannot be polled before somebody mends this; it will be tried again";
  expect(lines).toEqual([line, line, line]);
  events.emit("resumed", { afterMs: 150_000 });
  events.emit("error", { during: "poll", error: new SynclineError("database.unavailable", "away") });
  events.emit("stalled", { error: new SynclineError("database.unavailable", "away") });
  expect(lines.slice(3)).toEqual([
    "the database can be polled again",
    "the database cannot be polled; it will be tried again",
  ]);
});

it("a circuit that its probes open again is told once, not for each probe", () => {
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  const events = new EventHub(() => {});
  logEvents(events, { debug: () => {}, info: () => {}, warn: note, error: note });
  const failure = { kind: "unavailable", code: "http.503", message: "away", effect: "no" } as const;
  for (const again of [false, true, true]) {
    events.emit("circuitOpened", { strategy: "crm", failure, forMs: 1_000, again });
    events.emit("downstreamSuspended", { downstream: "crm", failure, forMs: 1_000, again });
  }
  expect(lines).toEqual(["circuit opened: the lane waits", "downstream refuses our credentials; all its lanes wait"]);
});
