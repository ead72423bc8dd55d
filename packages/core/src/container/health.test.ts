import { expect, it, vi } from "vitest";
import { EventHub } from "../engine/events.ts";
import { SynclineError } from "../model/errors.ts";
import { HealthWatch } from "./health.ts";

it("tells why the database cannot be polled now, and since when it could not", () => {
  vi.useFakeTimers({ now: 0 });
  const events = new EventHub(() => {});
  const health = new HealthWatch(events);
  const problems = () => health.of("running", undefined).problems;
  const stopped = new SynclineError("database.unavailable", "The server stopped.");
  const standby = new SynclineError("database.unavailable", "The server is read-only.");
  events.emit("error", { during: "poll", error: stopped });
  expect(problems()).toEqual([]);
  events.emit("stalled", { error: stopped });
  vi.setSystemTime(60_000);
  events.emit("error", { during: "renew", error: stopped });
  events.emit("error", { during: "poll", error: standby });
  const { code, message } = standby;
  expect(problems()).toEqual([
    { part: "database", severity: "error", since: new Date(0).toISOString(), code, message },
  ]);
  events.emit("resumed", { afterMs: 60_000 });
  expect(problems()).toEqual([]);
  vi.useRealTimers();
});
