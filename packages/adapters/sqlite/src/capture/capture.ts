import {
  type CaptureParts,
  type CapturePlan,
  captureKeyOf,
  captureMark,
  createChangeCapture,
  neverCaptured,
  noTable,
  planRowTriggers,
  type RowTrigger,
} from "@syncline/core/adapter-kit";
import { type CaptureTarget, type ChangeCapture, type Problem, SynclineError } from "@syncline/core/spi";
import { quoteIdentifier } from "../dialect.ts";
import { tableReading } from "../source/key-columns.ts";
import { isUnique, looseCollation, type TableFacts, tableFacts } from "../source/table-facts.ts";
import { isSameName, quotedTable, type TableName, tableNameOf } from "../source/table-name.ts";
import type { Sql, Store } from "../store.ts";
import { type CaptureKey, triggerPrefix, unreplaced, wantedTriggers } from "./wanted-triggers.ts";

/** Triggers in the file, which record whoever writes to it. */
export function captureOn(store: Store): ChangeCapture {
  const changing =
    (planOf: typeof installPlan): CaptureParts<TableName>["install"] =>
    (target, named, signal) =>
      store.write((sql) => {
        const { statements } = planOf(sql, target, named);
        for (const statement of statements) sql.database.exec(statement);
        return { done: statements, plan: planOf(sql, target, named) };
      }, signal);
  return createChangeCapture({
    ...{ tableNameOf, quotedTable },
    install: changing(installPlan),
    remove: changing(removePlan),
    show: (target, named, signal) => store.read((sql) => installPlan(sql, target, named), signal),
  });
}

interface FoundTrigger extends RowTrigger {
  readonly table: string;
}

function installPlan(sql: Sql, target: CaptureTarget, named: TableName): CapturePlan {
  if (sql.all("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'syncline_change'").length === 0)
    throw new SynclineError("database.schema", "The file has no Syncline tables. Run migrate().");
  const parts = { ...tableReading, isUnique, problemsOf: tableProblems };
  const key = captureKeyOf(parts, target, tableFacts(sql, named), noTable(quotedTable(named), true));
  const triggers = triggersOf(sql, key.category, key.table.name);
  const plan = planRowTriggers(triggers, wantedTriggers(key), dropTrigger, false);
  return { ...plan, triggers: triggers.map(asSqlNames), uncaptured: uncaptured(sql, key) };
}

function removePlan(sql: Sql, target: CaptureTarget, named: TableName): CapturePlan {
  const triggers = triggersOf(sql, target.category.name, named.name);
  return { triggers: triggers.map(asSqlNames), drift: [], statements: triggers.map(dropTrigger), uncaptured: [] };
}

const asSqlNames = ({ name, table }: FoundTrigger) => ({ name, table: quoteIdentifier(table) });

/** Also where the table has been renamed since: SQLite then changes what the trigger is on. */
function triggersOf(sql: Sql, category: string, table: string): readonly FoundTrigger[] {
  const mark = captureMark(category);
  return sql
    .all<FoundTrigger>(
      `SELECT name, tbl_name AS "table", sql AS text FROM main.sqlite_schema WHERE type = 'trigger' AND name GLOB '${triggerPrefix}*' ORDER BY name`,
    )
    .filter((each) => each.text.includes(mark) && isSameName(each.table, table));
}

function tableProblems(table: TableFacts): readonly Problem[] {
  const name = quotedTable(table);
  const problem = (message: string) => [{ at: "source.table", message: `${name} ${message}` }];
  if (/^(syncline|sqlite)_/i.test(table.name)) return problem("is one of Syncline's own tables, or of SQLite's.");
  if (table.schema === "temp") return problem("is a temporary table, which each connection has for itself.");
  if (table.schema !== "main")
    return problem(
      "is of another file, and a trigger there cannot write to this one, where Syncline's tables are: record by code, or have Syncline in that file.",
    );
  if (table.kind === "table") return [];
  return table.kind === "view"
    ? problem("is a view, and what changes it fires no trigger: capture the tables that it shows.")
    : problem("is a virtual table, on which SQLite allows no trigger: capture the table behind it, or record by code.");
}

/** What changes rows and is not recorded as changes of keys. A sentence each. */
function uncaptured(sql: Sql, key: CaptureKey): readonly string[] {
  const { columns, table, updateOf } = key;
  const nullable = columns.filter(({ column }) => !column.notNull).map(({ column }) => column.name);
  const loose = columns.flatMap(({ column }) => {
    const collation = looseCollation(sql, table, column.name);
    return collation === undefined ? [] : [{ name: column.name, collation }];
  });
  const replaceable = unreplaced(key);
  return [
    "What drops the table takes the triggers along, as a migration does that makes it anew and copies its rows: install again in that migration, or at each start.",
    "Nothing fires a trigger when the file itself is changed: restored, copied over, or edited by PRAGMA writable_schema.",
    ...replaceable.map(
      (name) =>
        `A REPLACE deletes a row that has the new one's value in the index ${name}, which is of expressions: it is recorded only where PRAGMA recursive_triggers is on.`,
    ),
    ...neverCaptured({ nullable, nothing: "NULL or bytes", loose, updateOf: updateOf.map(({ name }) => name) }),
  ];
}

function dropTrigger({ name }: FoundTrigger): string {
  return `DROP TRIGGER main.${quoteIdentifier(name)}`;
}
