import type { BacklogStore } from "../../contracts/backlog-store.ts";
import { aCount, aList, anything, aRecord, isCount, isDigits, isRecord, isText } from "./answer-checks.ts";
import { endless, type Guard } from "./guard.ts";

export function guardBacklog(backlog: BacklogStore, guard: Guard, limitMs: number): BacklogStore {
  const { find, causes } = backlog;
  return {
    ...(causes === undefined
      ? {}
      : {
          causes: (filter, signal) =>
            guard.ask("causes", () => causes.call(backlog, filter, signal), deadCauses, { limitMs, signal }),
        }),
    ...(find === undefined
      ? {}
      : {
          find: (query, signal) =>
            guard.ask("find", () => find.call(backlog, query, signal), findings, { limitMs, signal }),
        }),
    status: (signal) => guard.ask("status", () => backlog.status(signal), status, { limitMs, signal }),
    deadLetters: (query, signal) =>
      guard.ask("deadLetters", () => backlog.deadLetters(query, signal), page, { limitMs, signal }),
    requeue: (selection, signal, record) =>
      guard.ask("requeue", () => backlog.requeue(selection, signal, record), aCount, { limitMs, signal }),
    discard: (selection, signal, record) =>
      guard.ask("discard", () => backlog.discard(selection, signal, record), aCount, { limitMs, signal }),
    pause: (strategy, signal, record) =>
      guard.ask("pause", () => backlog.pause(strategy, signal, record), anything, { limitMs, signal }),
    resume: (strategy, signal, record) =>
      guard.ask("resume", () => backlog.resume(strategy, signal, record), anything, { limitMs, signal }),
    backfill: (backfill, signal, record) =>
      guard.ask("backfill", () => backlog.backfill(backfill, signal, record), aCount, { limitMs: endless, signal }),
    readmit: (categories, signal) =>
      guard.ask("readmit", () => backlog.readmit(categories, signal), aCount, { limitMs, signal }),
  };
}

const deadCauses = aList(
  (value) =>
    isRecord(value) &&
    isText(value.strategy) &&
    ["kind", "code", "message"].every((name) => typeof value[name] === "string") &&
    ["count", "held"].every((name) => isCount(value[name])) &&
    ["oldestDiedAt", "newestDiedAt"].every((name) => Number.isFinite(value[name])),
  "causes",
);

const isBacklog = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.strategy) &&
  typeof value.paused === "boolean" &&
  ["due", "blocked", "waiting", "leased", "dead", "held"].every((name) => isCount(value[name]));
const status = aRecord({
  changes: isCount,
  refused: isCount,
  strategies: (value) => aList(isBacklog, "backlogs")(value) === undefined,
});

const areChanges = aList(
  (value) => isRecord(value) && typeof value.condition === "string" && Number.isFinite(value.ageMs),
  "changes",
);
const areDeliveries = aList(
  (value) =>
    isRecord(value) &&
    isDigits(value.id) &&
    isText(value.strategy) &&
    (value.state === "pending" || value.state === "dead" || value.state === "held") &&
    typeof value.leased === "boolean" &&
    Number.isFinite(value.dueInMs) &&
    Number.isFinite(value.ageMs) &&
    isCount(value.attempts),
  "deliveries",
);
const findings = aRecord({
  changes: (value) => areChanges(value) === undefined,
  refused: (value) => areChanges(value) === undefined,
  deliveries: (value) => areDeliveries(value) === undefined,
});

const isLetter = (value: unknown): boolean =>
  isRecord(value) && isDigits(value.id) && isText(value.strategy) && isText(value.key);
const page = aRecord({
  items: (value) => aList(isLetter, "dead letters")(value) === undefined,
  next: (value) => value === undefined || isText(value),
});
