import type { AuditLog } from "../../contracts/audit-log.ts";
import type { BacklogStore } from "../../contracts/backlog-store.ts";
import type { CategorySources } from "../../contracts/category-sources.ts";
import type { ChangeCapture } from "../../contracts/change-capture.ts";
import type { ChangeSignal } from "../../contracts/change-signal.ts";
import type { DatabaseSession } from "../../contracts/database-adapter.ts";
import type { DefinitionTable } from "../../contracts/definition-table.ts";
import type { StrandedWork } from "../../contracts/stranded-work.ts";
import type { StrategyHistory } from "../../contracts/strategy-history.ts";
import type { StrategyStore } from "../../contracts/strategy-store.ts";
import {
  aCount,
  aFunction,
  aList,
  anything,
  aRecord,
  aText,
  isCount,
  isDigits,
  isRecord,
  isText,
  told,
} from "./answer-checks.ts";
import type { Guard, Nonsense } from "./guard.ts";

/** What `open` owes: the parts, and their members, are looked at where they are used first. */
export const aSession = aRecord({ poller: isRecord, queryRunner: isRecord, backlog: isRecord });

/**
 * What a session itself answers. Its parts are guarded each on its own, since a plugin may give
 * others. Migrations and backfills end with their own signals.
 */
export function guardSession(session: DatabaseSession, guard: Guard, limitMs: number): DatabaseSession {
  const {
    poller,
    queryRunner,
    backlog,
    strategyStore,
    definitions,
    changeSignal,
    strandedWork,
    capture,
    sources,
    audit,
    strategyHistory,
    reviewRights,
  } = session;
  return {
    poller,
    queryRunner,
    backlog,
    ...(definitions === undefined ? {} : { definitions: guardDefinitions(definitions, guard, limitMs) }),
    ...(strategyStore === undefined ? {} : { strategyStore: guardStore(strategyStore, guard, limitMs) }),
    ...(changeSignal === undefined ? {} : { changeSignal: guardSignal(changeSignal, guard, limitMs) }),
    ...(strandedWork === undefined ? {} : { strandedWork: guardStranded(strandedWork, guard, limitMs) }),
    ...(capture === undefined ? {} : { capture: guardCapture(capture, guard) }),
    ...(sources === undefined ? {} : { sources: guardSources(sources, guard, limitMs) }),
    ...(audit === undefined ? {} : { audit: guardAudit(audit, guard, limitMs) }),
    ...(strategyHistory === undefined ? {} : { strategyHistory: guardHistory(strategyHistory, guard, limitMs) }),
    migrate: (signal) => guard.ask("migrate", () => session.migrate(signal), migration, { limitMs: endless, signal }),
    checkSchema: (signal) =>
      guard.ask("checkSchema", () => session.checkSchema(signal), schemaNonsense, { limitMs, signal }),
    ...(reviewRights === undefined
      ? {}
      : {
          reviewRights: (signal) =>
            guard.ask("reviewRights", () => reviewRights.call(session, signal), rights, { limitMs, signal }),
        }),
    close: () => guard.ask("close", () => session.close(), anything, { limitMs }),
  };
}

const endless = Number.POSITIVE_INFINITY;

const migration = aRecord({ applied: (value) => aList(isText, "names")(value) === undefined });

function schemaNonsense(answer: unknown): string | undefined {
  return answer === undefined || isText(answer) ? undefined : "neither a sentence nor undefined";
}

const isRight = (value: unknown): boolean =>
  isRecord(value) &&
  (value.severity === "danger" || value.severity === "notice") &&
  isText(value.login) &&
  isText(value.right) &&
  typeof value.message === "string";
const rights = aList(isRight, "rights");

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

function guardStranded(work: StrandedWork, guard: Guard, limitMs: number): StrandedWork {
  return {
    attend: (worker, strategies, lapseMs, signal) =>
      guard.ask("attend", () => work.attend(worker, strategies, lapseMs, signal), names, { limitMs, signal }),
    list: (known, signal) => guard.ask("list", () => work.list(known, signal), strandedBacklogs, { limitMs, signal }),
    move: (portion, target, signal, record) =>
      guard.ask("move", () => work.move(portion, target, signal, record), aCount, { limitMs, signal }),
    discard: (portion, signal, record) =>
      guard.ask("discard", () => work.discard(portion, signal, record), aCount, { limitMs, signal }),
  };
}

/** They wait for locks, and end with their own signals. */
function guardCapture(capture: ChangeCapture, guard: Guard): ChangeCapture {
  const asked =
    (member: keyof ChangeCapture): ChangeCapture[typeof member] =>
    (target, signal) =>
      guard.ask(member, () => capture[member](target, signal), captureReport, { limitMs: endless, signal });
  return { install: asked("install"), show: asked("show"), remove: asked("remove") };
}

function guardSources(sources: CategorySources, guard: Guard, limitMs: number): CategorySources {
  return {
    check: (category, signal) =>
      guard.ask("check", () => sources.check(category, signal), problems, { limitMs, signal }),
    keys: (category, signal) => guard.ask("keys", () => sources.keys(category, signal), aText, { limitMs, signal }),
    ...(sources.presence === undefined
      ? {}
      : {
          presence: (category, signal) =>
            guard.ask("presence", () => sources.presence?.(category, signal) ?? never, template, { limitMs, signal }),
        }),
    ...(sources.tables === undefined
      ? {}
      : {
          tables: (signal) =>
            guard.ask("tables", () => sources.tables?.(signal) ?? Promise.resolve([]), sourceTables, {
              limitMs,
              signal,
            }),
        }),
  };
}

const isColumn = (value: unknown): boolean =>
  isRecord(value) && isText(value.name) && isText(value.sql) && (value.field === null || isText(value.field));
const sourceTables = aList(
  (value) =>
    isRecord(value) &&
    isText(value.table) &&
    (value.kind === "table" || value.kind === "view") &&
    aList(isText, "names")(value.key) === undefined &&
    aList(isColumn, "columns")(value.columns) === undefined,
  "tables",
);

const never = Promise.resolve(undefined);

function template(answer: unknown): string | undefined {
  return answer === undefined || isText(answer) ? undefined : "neither a template nor undefined";
}

const problems = aList((value) => isRecord(value) && isText(value.at) && isText(value.message), "problems");
const areTexts = (value: unknown): boolean => aList(isText, "texts")(value) === undefined;
const isTrigger = (value: unknown): boolean => isRecord(value) && isText(value.table) && isText(value.name);
const captureReport = aRecord({
  category: isText,
  table: isText,
  state: (value) => value === "installed" || value === "absent" || value === "drifted",
  triggers: (value) => aList(isTrigger, "triggers")(value) === undefined,
  drift: areTexts,
  uncaptured: areTexts,
  statements: areTexts,
});

const names = aList(isText, "names");
const isStranded = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.strategy) &&
  isText(value.key) &&
  ["pending", "leased", "dead", "held"].every((name) => isCount(value[name]));
const strandedBacklogs = aList(isStranded, "backlogs");

const isLetter = (value: unknown): boolean =>
  isRecord(value) && isDigits(value.id) && isText(value.strategy) && isText(value.key);
const page = aRecord({
  items: (value) => aList(isLetter, "dead letters")(value) === undefined,
  next: (value) => value === undefined || isText(value),
});

function guardAudit(audit: AuditLog, guard: Guard, limitMs: number): AuditLog {
  return {
    list: (query, signal) => guard.ask("audit", () => audit.list(query, signal), auditPage, { limitMs, signal }),
  };
}

function guardHistory(history: StrategyHistory, guard: Guard, limitMs: number): StrategyHistory {
  return {
    list: (strategy, query, signal) =>
      guard.ask("strategyHistory", () => history.list(strategy, query, signal), versions, { limitMs, signal }),
  };
}

const versions = aList(
  (value) =>
    isRecord(value) &&
    isText(value.strategy) &&
    isCount(value.version) &&
    Number.isFinite(value.at) &&
    isText(value.change) &&
    ["author", "definition"].every((name) => typeof value[name] === "string") &&
    typeof value.enabled === "boolean",
  "versions",
);

const isEntry = (value: unknown): boolean =>
  isRecord(value) &&
  isDigits(value.id) &&
  Number.isFinite(value.at) &&
  typeof value.actor === "string" &&
  isText(value.action) &&
  isText(value.selection) &&
  (value.count === null || isCount(value.count));
const auditPage = aRecord({
  items: (value) => aList(isEntry, "entries")(value) === undefined,
  next: (value) => value === undefined || isText(value),
});

export function guardStore(store: StrategyStore, guard: Guard, limitMs: number): StrategyStore {
  const { subscribe } = store;
  return {
    load: (signal) => guard.ask("load", () => store.load(signal), loaded, { limitMs, signal }),
    ...(subscribe === undefined
      ? {}
      : { subscribe: (listener) => subscribed((wake) => subscribe.call(store, wake), listener, guard) }),
  };
}

function guardDefinitions(definitions: DefinitionTable, guard: Guard, limitMs: number): DefinitionTable {
  return {
    categories: (signal) =>
      guard.ask("categories", () => definitions.categories(signal), storedCategories, { limitMs, signal }),
    list: (signal) => guard.ask("list", () => definitions.list(signal), storedDefinitions, { limitMs, signal }),
    edit: (edits, revision, signal, record) =>
      guard.ask("edit", () => definitions.edit(edits, revision, signal, record), aFlag, { limitMs, signal }),
  };
}

const aFlag: Nonsense = (answer) =>
  typeof answer === "boolean" ? undefined : `${told(answer)} instead of true or false`;
const storedCategories = aRecord({ categories: Array.isArray, revision: (value) => typeof value === "string" });
const isRow = (value: unknown): boolean =>
  isRecord(value) &&
  (value.kind === "category" || value.kind === "strategy") &&
  isText(value.name) &&
  typeof value.definition === "string" &&
  typeof value.enabled === "boolean";
const storedDefinitions = aRecord({
  rows: (value) => aList(isRow, "rows")(value) === undefined,
  revision: (value) => typeof value === "string",
});

/** What each entry is worth is judged for each alone. */
const loaded = aRecord({
  strategies: Array.isArray,
  categories: (value) => value === undefined || Array.isArray(value),
  revision: (value) => typeof value === "string",
});

/** Where a store does not tell how to stop, nothing more is heard of it after the stop. */
function subscribed(subscribe: (wake: () => void) => () => void, listener: () => void, guard: Guard): () => void {
  let isOver = false;
  const unsubscribe = guard.call("subscribe", () => subscribe(() => isOver || listener()), aFunction);
  return () => {
    isOver = true;
    try {
      guard.call("subscribe", () => unsubscribe(), anything);
    } catch {
      // Told as a fault; there is nothing else to end.
    }
  };
}

function guardSignal(signal: ChangeSignal, guard: Guard, limitMs: number): ChangeSignal {
  return {
    listen: async (wake) => {
      let isOver = false;
      const stop = await guard.ask("listen", () => signal.listen(() => isOver || wake()), aFunction, { limitMs });
      return async () => {
        isOver = true;
        await guard.ask("listen", () => stop(), anything, { limitMs });
      };
    },
  };
}
