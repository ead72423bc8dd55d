import { throwIfAborted, translating } from "@syncline/core/adapter-kit";
import {
  type CaptureReport,
  type CaptureTarget,
  type ChangeCapture,
  type Problem,
  SynclineError,
} from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "../driver.ts";
import { translateError } from "../errors.ts";
import { columnOf, keyColumns, noColumn } from "../source/key-columns.ts";
import { type TableFacts, tableFacts } from "../source/table-facts.ts";
import { quotedTable, type TableName, tableNameOf } from "../source/table-name.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { type CaptureKey, categoryMark, wantedTriggers } from "./wanted-triggers.ts";

/** Triggers on the tables of the same server, which record whoever writes to them. */
export function captureWith(connections: MariadbConnections, schemaName: string): ChangeCapture {
  const schema = quoteIdentifier(schemaName);
  const withPlan = (
    target: CaptureTarget,
    signal: AbortSignal,
    planOf: (connection: Connection) => Promise<CapturePlan>,
    isRun: boolean,
  ): Promise<CaptureReport> =>
    translating(translateError, () =>
      connections.withConnection(async (connection, doubt) => {
        const plan = await planOf(connection);
        if (!isRun) return reportOf(target, plan);
        // Each definition commits by itself. It waits for statements on the table, and all others wait behind it.
        doubt();
        await connection.query(`SET SESSION lock_wait_timeout = ${lockSeconds}`);
        for (const statement of plan.statements) {
          throwIfAborted(signal);
          await connection.query(statement);
        }
        return { ...reportOf(target, await planOf(connection)), statements: plan.statements };
      }, signal),
    );
  const install = (target: CaptureTarget) => (connection: Connection) =>
    installPlan(connection, schema, schemaName, target);
  return {
    install: (target, signal) => withPlan(target, signal, install(target), true),
    show: (target, signal) => withPlan(target, signal, install(target), false),
    remove: (target, signal) => withPlan(target, signal, (connection) => removePlan(connection, target), true),
  };
}

const lockSeconds = 5;

interface FoundTrigger {
  readonly name: string;
  readonly body: string;
}

/** What is there, against what should be, and the statements that make it so. */
interface CapturePlan {
  readonly triggers: readonly FoundTrigger[];
  readonly drift: readonly string[];
  readonly statements: readonly string[];
  readonly uncaptured: readonly string[];
}

async function installPlan(
  connection: Connection,
  schema: string,
  schemaName: string,
  target: CaptureTarget,
): Promise<CapturePlan> {
  const [migrated] = await connection.execute(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'change'",
    [schemaName],
  );
  if (migrated === undefined)
    throw new SynclineError("database.schema", `The database "${schemaName}" has no Syncline tables. Run migrate().`);
  const key = captureKey(schemaName, target, await tableFacts(connection, nameOf(target)));
  const wanted = wantedTriggers(schema, key);
  const triggers = await triggersOf(connection, target.category.name, key.table);
  const found = (name: string) => triggers.find((each) => each.name === name);
  const foreign = triggers.filter(({ name }) => !wanted.some((each) => each.name === name));
  const changed = wanted.filter(({ name, body }) => found(name)?.body !== body);
  const drift = [
    ...foreign.map(({ name }) => `The trigger ${name} is not one that this source and this version make.`),
    ...changed.map(({ name }) =>
      found(name) === undefined
        ? `There is no trigger ${name}.`
        : `The trigger ${name} is not the one that this source and this version make.`,
    ),
  ];
  return {
    triggers,
    drift: triggers.length === 0 ? [] : drift,
    statements: [...foreign.map((each) => dropTrigger(key.table, each)), ...changed.map(({ statement }) => statement)],
    uncaptured: uncaptured(key),
  };
}

async function removePlan(connection: Connection, target: CaptureTarget): Promise<CapturePlan> {
  const named = nameOf(target);
  const triggers = await triggersOf(connection, target.category.name, named);
  return { triggers, drift: [], statements: triggers.map((each) => dropTrigger(named, each)), uncaptured: [] };
}

async function triggersOf(
  connection: Connection,
  category: string,
  table: TableName,
): Promise<readonly FoundTrigger[]> {
  const rows: readonly (readonly string[])[] = await connection.execute(
    `SELECT trigger_name, action_statement FROM information_schema.triggers
      WHERE event_object_schema = ? AND event_object_table = ? ORDER BY trigger_name`,
    [table.database, table.name],
  );
  const mark = categoryMark(category);
  return rows.map(([name = "", body = ""]) => ({ name, body })).filter(({ body }) => body.includes(mark));
}

/** What is to be captured of the table that is there. Errors: `config.invalid`, with every problem. */
function captureKey(
  schemaName: string,
  { category, source }: CaptureTarget,
  table: TableFacts | undefined,
): CaptureKey {
  const refused = (problems: readonly Problem[]) =>
    new SynclineError("config.invalid", `The category "${category.name}" cannot be captured.`, { problems });
  if (table === undefined)
    throw refused([
      { at: "source.table", message: `There is no table ${source.table}, or this login may not see it.` },
    ]);
  const { columns, problems } = keyColumns(category, source, table);
  const updateOf = (source.updateOf ?? []).map((name) => ({ name, column: columnOf(table, name) }));
  const of = (message: string) => ({ at: "source.table", message: `${quotedTable(table)} ${message}` });
  const all = [
    ...(table.database === schemaName ? [of("is one of Syncline's own tables.")] : []),
    ...(table.isView ? [of("is a view, and what changes it fires no trigger: capture the tables that it shows.")] : []),
    ...problems,
    ...updateOf.flatMap(({ name, column }, index) =>
      column === undefined ? [{ at: `source.updateOf[${index}]`, message: noColumn(table, name) }] : [],
    ),
  ];
  if (all.length > 0) throw refused(all);
  return { category: category.name, table, columns, updateOf: updateOf.flatMap(({ column }) => column ?? []) };
}

/** What changes rows and is not recorded as changes of keys. A sentence each. */
function uncaptured({ columns, table, updateOf }: CaptureKey): readonly string[] {
  const nullable = columns.filter(({ column }) => column.isNullable).map(({ column }) => column.name);
  const loose = columns.flatMap(({ column }) => (column.looseCollation === undefined ? [] : [column]));
  const partitions = table.isPartitioned ? ", TRUNCATE PARTITION, DROP PARTITION, EXCHANGE PARTITION" : "";
  return [
    `TRUNCATE${partitions} and DROP fire no trigger, and what drops the table takes the triggers along (pt-online-schema-change, gh-ost): install again then.`,
    "Nor does what a replica applies from row events: capture on the primary.",
    ...table.cascades.map(
      (parent) =>
        `MariaDB fires no trigger for what a foreign key does: what ${parent} changes or deletes here is not recorded. Record it by a trigger on that table, or delete the rows yourself.`,
    ),
    ...(/^innodb$/i.test(table.engine)
      ? []
      : [
          `Its engine ${table.engine} knows no transactions: what is rolled back has been changed all the same, and is not recorded.`,
        ]),
    ...loose.map(
      ({ name, looseCollation }) =>
        `${name} compares by ${looseCollation}, by which two keys may be one row: a strategy's query still finds the former spelling of a key, and it stays downstream.`,
    ),
    ...(nullable.length > 0
      ? [`Rows with NULL in ${nullable.join(", ")} have no key: workers keep such a change apart and tell of it.`]
      : []),
    ...(updateOf.length > 0
      ? [`An UPDATE that changes neither the key nor ${updateOf.map(({ name }) => name).join(", ")} is not recorded.`]
      : []),
  ];
}

function dropTrigger({ database }: TableName, { name }: FoundTrigger): string {
  return `DROP TRIGGER ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}

function reportOf(target: CaptureTarget, { triggers, drift, statements, uncaptured }: CapturePlan): CaptureReport {
  const table = quotedTable(nameOf(target));
  return {
    category: target.category.name,
    table,
    state: triggers.length === 0 ? "absent" : drift.length > 0 ? "drifted" : "installed",
    triggers: triggers.map(({ name }) => ({ name, table })),
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
