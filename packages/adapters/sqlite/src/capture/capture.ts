import { type CaptureReport, type CaptureTarget, type ChangeCapture, SynclineError } from "@syncline/core/spi";
import { quoteIdentifier } from "../dialect.ts";
import { looseCollation, tableFacts } from "../source/table-facts.ts";
import { isSameName, quotedTable, type TableName, tableNameOf } from "../source/table-name.ts";
import type { Sql, Store } from "../store.ts";
import { type CaptureKey, captureKey } from "./capture-key.ts";
import { categoryMark, triggerPrefix, unreplaced, wantedTriggers } from "./wanted-triggers.ts";

/** Triggers in the file, which record whoever writes to it. */
export function captureOn(store: Store): ChangeCapture {
  const changing = (planOf: typeof installPlan) => (target: CaptureTarget, signal: AbortSignal) =>
    store.write((sql) => {
      const { statements } = planOf(sql, target);
      for (const statement of statements) sql.database.exec(statement);
      return { ...reportOf(target, planOf(sql, target)), statements };
    }, signal);
  return {
    install: changing(installPlan),
    remove: changing(removePlan),
    show: (target, signal) => store.read((sql) => reportOf(target, installPlan(sql, target)), signal),
  };
}

interface FoundTrigger {
  readonly name: string;
  readonly table: string;
  readonly text: string;
}

/** What is there, against what should be, and the statements that make it so. */
interface CapturePlan {
  readonly triggers: readonly FoundTrigger[];
  readonly drift: readonly string[];
  readonly statements: readonly string[];
  readonly uncaptured: readonly string[];
}

function installPlan(sql: Sql, target: CaptureTarget): CapturePlan {
  const named = nameOf(target);
  if (sql.all("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'syncline_change'").length === 0)
    throw new SynclineError("database.schema", "The file has no Syncline tables. Run migrate().");
  const key = captureKey(target, named, tableFacts(sql, named));
  const wanted = wantedTriggers(key);
  const triggers = triggersOf(sql, key.category, key.table.name);
  const isKept = ({ name, text }: FoundTrigger) => wanted.some((each) => each.name === name && each.statement === text);
  const outdated = triggers.filter((each) => !isKept(each));
  const missing = wanted.filter(
    ({ name, statement }) => !triggers.some((each) => each.name === name && each.text === statement),
  );
  const drift = [
    ...outdated.map(({ name }) => `The trigger ${name} is not the one that this source and this version make.`),
    ...missing
      .filter(({ name }) => !outdated.some((each) => each.name === name))
      .map(({ name }) => `There is no trigger ${name}.`),
  ];
  return {
    triggers,
    drift: triggers.length === 0 ? [] : drift,
    statements: [...outdated.map(dropTrigger), ...missing.map(({ statement }) => statement)],
    uncaptured: uncaptured(sql, key),
  };
}

function removePlan(sql: Sql, target: CaptureTarget): CapturePlan {
  const triggers = triggersOf(sql, target.category.name, nameOf(target).name);
  return { triggers, drift: [], statements: triggers.map(dropTrigger), uncaptured: [] };
}

/** Also where the table has been renamed since: SQLite then changes what the trigger is on. */
function triggersOf(sql: Sql, category: string, table: string): readonly FoundTrigger[] {
  const mark = categoryMark(category);
  return sql
    .all<FoundTrigger>(
      `SELECT name, tbl_name AS "table", sql AS text FROM main.sqlite_schema WHERE type = 'trigger' AND name GLOB '${triggerPrefix}*' ORDER BY name`,
    )
    .filter((each) => each.text.includes(mark) && isSameName(each.table, table));
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
    ...loose.map(
      ({ name, collation }) =>
        `${name} compares by ${collation}, by which two keys may be one row: a strategy's query still finds the former spelling of a key, and it stays downstream.`,
    ),
    ...(nullable.length > 0
      ? [
          `Rows with NULL or bytes in ${nullable.join(", ")} have no key: workers keep such a change apart and tell of it.`,
        ]
      : []),
    ...(updateOf.length > 0
      ? [`An UPDATE that changes neither the key nor ${updateOf.map(({ name }) => name).join(", ")} is not recorded.`]
      : []),
  ];
}

function dropTrigger({ name }: FoundTrigger): string {
  return `DROP TRIGGER main.${quoteIdentifier(name)}`;
}

function reportOf(target: CaptureTarget, { triggers, drift, statements, uncaptured }: CapturePlan): CaptureReport {
  return {
    category: target.category.name,
    table: quotedTable(nameOf(target)),
    state: triggers.length === 0 ? "absent" : drift.length > 0 ? "drifted" : "installed",
    triggers: triggers.map(({ name, table }) => ({ name, table: quoteIdentifier(table) })),
    drift,
    uncaptured,
    statements,
  };
}

function nameOf({ source }: CaptureTarget): TableName {
  const named = tableNameOf(source.table);
  if (typeof named !== "string") return named;
  throw new SynclineError("config.invalid", "The source cannot be captured.", {
    problems: [{ at: "source.table", message: `${JSON.stringify(source.table)} ${named}.` }],
  });
}
