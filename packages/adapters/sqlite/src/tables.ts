import { createMigrator, type Migrator } from "@syncline/core/adapter-kit";
import { translateError } from "./errors.ts";
import { clock, type Sql, type Store } from "./store.ts";

const countEdits = (table: string) => (event: string) =>
  `
CREATE TRIGGER syncline_${table}_${event} AFTER ${event} ON syncline_${table}
BEGIN UPDATE syncline_state SET strategies_revision = strategies_revision + 1; END;`;

// AUTOINCREMENT: without it the ids of deleted rows are given again. STRICT: a text in a column of times is refused.
const tables = `
CREATE TABLE syncline_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  recorded_at INTEGER NOT NULL DEFAULT (${clock}),
  category TEXT NOT NULL, condition TEXT NOT NULL, strategy TEXT,
  operation TEXT NOT NULL DEFAULT 'upsert' CHECK (operation IN ('upsert', 'delete'))
) STRICT;
CREATE TABLE syncline_delivery (
  id INTEGER PRIMARY KEY,
  strategy TEXT NOT NULL, key TEXT NOT NULL, ordinal INTEGER NOT NULL,
  revision INTEGER NOT NULL, operation TEXT NOT NULL, first_recorded_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'dead', 'held')),
  token TEXT, due_at INTEGER NOT NULL, debounced INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0,
  failure_kind TEXT, failure_code TEXT, failure_message TEXT, died_at INTEGER,
  UNIQUE (strategy, key, ordinal)
) STRICT;
CREATE INDEX syncline_delivery_due ON syncline_delivery (strategy, due_at, id) WHERE state = 'pending';
CREATE INDEX syncline_delivery_dead ON syncline_delivery (id) WHERE state <> 'pending';
CREATE TABLE syncline_refused (
  id INTEGER PRIMARY KEY, recorded_at INTEGER NOT NULL,
  category TEXT NOT NULL, condition TEXT NOT NULL, strategy TEXT, operation TEXT NOT NULL, reason TEXT NOT NULL
) STRICT;
CREATE TABLE syncline_pause (strategy TEXT PRIMARY KEY) STRICT;
CREATE TABLE syncline_strategy (
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL CHECK (json_valid(definition) AND json_type(definition) = 'object'),
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))
) STRICT;
CREATE TABLE syncline_worker (
  id TEXT NOT NULL, part INTEGER NOT NULL, strategies TEXT NOT NULL, attends_until INTEGER NOT NULL,
  PRIMARY KEY (id, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE syncline_state (revision INTEGER NOT NULL, strategies_revision INTEGER NOT NULL) STRICT;
INSERT INTO syncline_state VALUES (0, 0);
${["INSERT", "UPDATE", "DELETE"].map(countEdits("strategy")).join("")}`;

const categories = `
CREATE TABLE syncline_category (
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL CHECK (json_valid(definition) AND json_type(definition) = 'object')
) STRICT;
${["INSERT", "UPDATE", "DELETE"].map(countEdits("category")).join("")}`;

/** What operators do. Of the oldest entries, what is older than 400 days goes with the next one. */
const operations = `
CREATE TABLE syncline_operation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  acted_at INTEGER NOT NULL DEFAULT (${clock}),
  login TEXT NOT NULL, actor TEXT, action TEXT NOT NULL, strategy TEXT, reason TEXT,
  selection TEXT NOT NULL DEFAULT '{}', count INTEGER
) STRICT;
CREATE TRIGGER syncline_forget_operations AFTER INSERT ON syncline_operation
BEGIN
  DELETE FROM syncline_operation
   WHERE id IN (SELECT id FROM syncline_operation ORDER BY id LIMIT 100) AND acted_at < NEW.acted_at - 34560000000;
END;`;

const lastVersion = (name: string) => `(SELECT 1 AS one) LEFT JOIN (
    SELECT * FROM syncline_strategy_history WHERE strategy = ${name} ORDER BY version DESC LIMIT 1) AS last ON true`;

/** A row that is as its last version says is no new one. */
const keepVersion = (event: string, author: Author) => `
CREATE TRIGGER syncline_strategy_kept_${event} AFTER ${event} ON syncline_strategy
BEGIN
  INSERT INTO syncline_strategy_history (strategy, version, ${author.column}change, definition, enabled)
  SELECT NEW.name, coalesce(last.version, 0) + 1, ${author.value}iif(coalesce(last.change, 'deleted') = 'deleted', 'created', 'changed'),
         NEW.definition, NEW.enabled
    FROM ${lastVersion("NEW.name")}
   WHERE coalesce(last.change, 'deleted') = 'deleted' OR last.definition <> NEW.definition OR last.enabled <> NEW.enabled;
END;`;

const keepDeleted = (name: string, event: string, author: Author) => `
CREATE TRIGGER syncline_strategy_kept_${name} AFTER ${event}
BEGIN
  INSERT INTO syncline_strategy_history (strategy, version, ${author.column}change, definition, enabled)
  SELECT OLD.name, coalesce(last.version, 0) + 1, ${author.value}'deleted', OLD.definition, OLD.enabled FROM ${lastVersion("OLD.name")};
END;`;

interface Author {
  readonly column: string;
  readonly value: string;
}

const unnamed: Author = { column: "", value: "" };
const named: Author = { column: "author, ", value: "(SELECT editor FROM syncline_state), " };

function keepingVersions(isNamed: boolean): string {
  const author = isNamed ? named : unnamed;
  const [actor, of] = isNamed ? ["actor, ", "NEW.author, "] : ["", ""];
  return `CREATE TRIGGER syncline_strategy_version AFTER INSERT ON syncline_strategy_history
BEGIN
  INSERT INTO syncline_operation (login, ${actor}action, strategy, selection, count)
  VALUES ('', ${of}'edit-strategy', NEW.strategy, json_object('version', NEW.version), 1);
  DELETE FROM syncline_strategy_history WHERE strategy = NEW.strategy AND version <= NEW.version - 500;
END;
${["INSERT", "UPDATE"].map((event) => keepVersion(event, author)).join("")}
${keepDeleted("DELETE", "DELETE ON syncline_strategy", author)}
${keepDeleted("RENAME", "UPDATE OF name ON syncline_strategy WHEN OLD.name <> NEW.name", author)}`;
}

/** Each version of each strategy, the newest 500 of each, and an entry of the audit for it. */
const strategyHistory = `
CREATE TABLE syncline_strategy_history (
  strategy TEXT NOT NULL, version INTEGER NOT NULL, changed_at INTEGER NOT NULL DEFAULT (${clock}), author TEXT,
  change TEXT NOT NULL, definition TEXT NOT NULL, enabled INTEGER NOT NULL,
  PRIMARY KEY (strategy, version)
) STRICT, WITHOUT ROWID;
INSERT INTO syncline_strategy_history (strategy, version, author, change, definition, enabled)
SELECT name, 1, 'migrate()', 'created', definition, enabled FROM syncline_strategy;
${keepingVersions(false)}`;

/** Whom a transaction edits for: triggers read it there, since SQLite knows no sessions' variables. */
const editors = `
ALTER TABLE syncline_state ADD COLUMN editor TEXT;
${["strategy_version", "strategy_kept_INSERT", "strategy_kept_UPDATE", "strategy_kept_DELETE", "strategy_kept_RENAME"]
  .map((name) => `DROP TRIGGER syncline_${name};`)
  .join("\n")}
${keepingVersions(true)}`;

/** The trace context of a change, on its way to the delivery. */
const traceContext = `
ALTER TABLE syncline_change ADD COLUMN traceparent TEXT;
ALTER TABLE syncline_delivery ADD COLUMN traceparent TEXT;`;

/** In their order. What was released is never changed, and never moved. */
export const migrations = [
  { name: "0001-tables", script: tables },
  { name: "0002-operations", script: operations },
  { name: "0003-categories", script: categories },
  { name: "0004-strategy-history", script: strategyHistory },
  { name: "0005-editors", script: editors },
  { name: "0006-trace-context", script: traceContext },
];

export function migratorOf(store: Store, known = migrations): Migrator {
  return createMigrator({
    place: "The SQLite file",
    packageName: "@syncline/sqlite",
    names: known.map(({ name }) => name),
    translate: translateError,
    statements: (index) => [
      "BEGIN IMMEDIATE",
      ...(index === 0 ? [migrationTable] : []),
      // A script ends each of its statements itself.
      (known[index]?.script ?? "").trim().replace(/;$/, ""),
      `INSERT INTO syncline_migration (name) VALUES ('${known[index]?.name}')`,
      "COMMIT",
    ],
    withSession: (work, signal) =>
      work({
        version: () => store.read(versionOf, signal),
        apply: (index) => store.write((sql) => applyOnce(sql, index), signal),
      }),
  });
}

const migrationTable = "CREATE TABLE IF NOT EXISTS syncline_migration (name TEXT PRIMARY KEY) STRICT";

function versionOf(sql: Sql): number {
  const found = sql.all("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'syncline_migration'");
  return found.length === 0 ? 0 : sql.all("SELECT 1 FROM syncline_migration").length;
}

/** False if another worker has applied it meanwhile. DDL is part of the transaction. */
function applyOnce(sql: Sql, index: number): boolean {
  const migration = migrations[index];
  if (migration === undefined || versionOf(sql) > index) return false;
  sql.database.exec(migrationTable);
  sql.database.exec(migration.script);
  sql.run("INSERT INTO syncline_migration (name) VALUES (@name)", { name: migration.name });
  return true;
}
