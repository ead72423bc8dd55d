import type { AuditLog } from "../../contracts/audit-log.ts";
import type { CategorySources } from "../../contracts/category-sources.ts";
import type { ChangeCapture } from "../../contracts/change-capture.ts";
import type { DatabaseSession } from "../../contracts/database-adapter.ts";
import type { Diagnosis } from "../../contracts/diagnosis.ts";
import type { StrandedWork } from "../../contracts/stranded-work.ts";
import type { StrategyHistory } from "../../contracts/strategy-history.ts";
import { aCount, aList, anything, aRecord, aText, isCount, isDigits, isRecord, isText } from "./answer-checks.ts";
import { endless, type Guard, type Nonsense } from "./guard.ts";
import { guardBackfills } from "./guarded-backfills.ts";
import { guardDefinitions, guardSignal, guardStore } from "./guarded-stores.ts";

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
    backfills,
    reviewRights,
    pendingMigrations,
    diagnosis,
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
    ...(backfills === undefined ? {} : { backfills: guardBackfills(backfills, guard, limitMs) }),
    migrate: (signal) => guard.ask("migrate", () => session.migrate(signal), migration, { limitMs: endless, signal }),
    checkSchema: (signal) =>
      guard.ask("checkSchema", () => session.checkSchema(signal), schemaNonsense, { limitMs, signal }),
    ...(pendingMigrations === undefined
      ? {}
      : {
          pendingMigrations: (signal) =>
            guard.ask("pendingMigrations", () => pendingMigrations.call(session, signal), pending, { limitMs, signal }),
        }),
    ...(reviewRights === undefined
      ? {}
      : {
          reviewRights: (signal) =>
            guard.ask("reviewRights", () => reviewRights.call(session, signal), rights, { limitMs, signal }),
        }),
    ...(diagnosis === undefined ? {} : { diagnosis: guardDiagnosis(diagnosis, guard, limitMs) }),
    close: () => guard.ask("close", () => session.close(), anything, { limitMs }),
  };
}

const migration = aRecord({ applied: (value) => aList(isText, "names")(value) === undefined });

const isPending = (value: unknown): boolean =>
  isRecord(value) && isText(value.name) && aList(isText, "statements")(value.statements) === undefined;
const pending = aRecord({
  migrations: (value) => aList(isPending, "migrations")(value) === undefined,
  terminator: (value) => typeof value === "string",
});

function schemaNonsense(answer: unknown): string | undefined {
  return answer === undefined || isText(answer) ? undefined : "neither a sentence nor undefined";
}

function guardDiagnosis(diagnosis: Diagnosis, guard: Guard, limitMs: number): Diagnosis {
  return {
    examine: (request, signal) =>
      guard.ask("examine", () => diagnosis.examine(request, signal), toldFindings, { limitMs, signal }),
  };
}

const levels: ReadonlySet<unknown> = new Set(["ok", "warn", "error", "unknown"]);
const isFinding = (value: unknown): boolean =>
  isRecord(value) &&
  levels.has(value.level) &&
  [value.check, value.at, value.message].every(isText) &&
  (value.why === undefined || isText(value.why)) &&
  (value.remedy === undefined || aList(isText, "statements")(value.remedy) === undefined);
const toldFindings: Nonsense = (answer) =>
  Array.isArray(answer) && answer.length === 0 ? "nothing, as if there were nothing to look at" : areFindings(answer);
const areFindings = aList(isFinding, "findings");

const isRight = (value: unknown): boolean =>
  isRecord(value) &&
  (value.severity === "danger" || value.severity === "notice") &&
  isText(value.login) &&
  isText(value.right) &&
  typeof value.message === "string";
const rights = aList(isRight, "rights");

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
