import { expect, it, vi } from "vitest";
import { HealthWatch } from "../../container/health.ts";
import { logEvents } from "../../container/log-events.ts";
import { SynclineError } from "../../model/errors.ts";
import { EventHub } from "../events.ts";
import { Faults } from "./faults.ts";

function made() {
  const clock = { at: 0 };
  const events = new EventHub((event, error) => faults.caught(`listener ${event}`, "listener", error));
  const faults: Faults = new Faults(events, () => clock.at);
  const told: unknown[] = [];
  events.on("fault", ({ part, member }) => told.push(`${part} ${member}`));
  events.on("faultCleared", ({ part, member }) => told.push(`${part} ${member} works`));
  const health = new HealthWatch(events);
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  logEvents(events, log);
  return { clock, events, faults, told, log, problems: () => health.of("running", undefined).problems };
}

it("is a problem in health that names the member and whose bug it is, until the door works", () => {
  const { faults, problems, told } = made();
  faults.caught("downstream crm", "invoke", new TypeError("IBAN DE89"));
  faults.caught("database", "settle", new SynclineError("database.failed", "It answered undefined."));
  expect(problems()).toMatchObject([
    {
      part: "downstream crm",
      code: "fault.invoke",
      message: expect.stringMatching(/^`invoke` .* a TypeError at .* transport\.$/),
    },
    {
      part: "database",
      code: "fault.settle",
      message: expect.stringContaining("It answered undefined. This is a bug of the database adapter."),
    },
  ]);
  expect(JSON.stringify(problems())).not.toContain("IBAN");
  faults.worked("downstream crm", "check");
  faults.worked("downstream crm", "invoke");
  faults.worked("downstream crm", "invoke");
  expect(problems()).toMatchObject([{ part: "database" }]);
  faults.forget("database");
  expect(problems()).toEqual([]);
  expect(told).toEqual([
    "downstream crm invoke",
    "database settle",
    "downstream crm invoke works",
    "database settle works",
  ]);
});

it("tells of a door that goes on failing once a second, and its log once a minute", () => {
  const { clock, faults, told, log } = made();
  for (; clock.at < 10_000; clock.at += 1) faults.caught("trace", "trace", new Error("x"));
  expect(told).toHaveLength(10);
  expect(log.error).toHaveBeenCalledTimes(1);
  expect(log.error.mock.calls[0]?.[0]).toMatchObject({ part: "trace", member: "trace", code: "fault.trace" });
});

it("writes two lines of a door that fails and works by turns", () => {
  const { faults, log } = made();
  for (let times = 0; times < 100; times += 1) {
    faults.caught("trace", "trace", new Error("x"));
    faults.worked("trace", "trace");
  }
  expect([log.error.mock.calls.length, log.info.mock.calls.length]).toEqual([1, 1]);
});

it.each([
  [
    "throws",
    () => {
      throw new Error("x");
    },
  ],
  [
    "rejects",
    async () => {
      throw new Error("x");
    },
  ],
])("ends where a listener of faults %s itself", async (_, listener) => {
  const { events, faults, told, problems } = made();
  events.on("fault", listener as () => void);
  faults.caught("trace", "trace", new Error("x"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(told.length).toBeLessThan(5);
  expect(problems().map(({ part }) => part)).toEqual(["trace", "listener fault"]);
});

it("does not write down in the log that the log fails", () => {
  const { faults, log, problems } = made();
  faults.caught("log", "error", new Error("x"));
  expect(log.error).not.toHaveBeenCalled();
  expect(problems()).toMatchObject([{ part: "log" }]);
});
