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
  throwIfAborted,
  translating,
} from "@syncline/core/adapter-kit";
import { type CaptureTarget, type ChangeCapture, SynclineError } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "../driver.ts";
import { translateError } from "../errors.ts";
import { tableReading } from "../source/key-columns.ts";
import { isUnique, type TableFacts, tableFacts } from "../source/table-facts.ts";
import { quotedTable, type TableName, tableNameOf } from "../source/table-name.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { type CaptureKey, wantedTriggers } from "./wanted-triggers.ts";

type Changes = CaptureParts<TableName>["install"];
type PlanOf = (connection: Connection, target: CaptureTarget, named: TableName) => Promise<CapturePlan>;

const lockSeconds = 5;

/** Triggers on the tables of the same server, which record whoever writes to them. */
export function captureWith(connections: MariadbConnections, schemaName: string): ChangeCapture {
  const installed: PlanOf = (connection, target, named) => installPlan(connection, schemaName, target, named);
  const changing =
    (planOf: PlanOf): Changes =>
    (target, named, signal) =>
      translating(translateError, () =>
        connections.withConnection(async (connection, doubt) => {
          const { statements } = await planOf(connection, target, named);
          // Each definition commits by itself. It waits for statements on the table, and all others wait behind it.
          doubt();
          await connection.query(`SET SESSION lock_wait_timeout = ${lockSeconds}`);
          for (const statement of statements) {
            throwIfAborted(signal);
            await connection.query(statement);
          }
          return { done: statements, plan: await planOf(connection, target, named) };
        }, signal),
      );
  return createChangeCapture({
    ...{ tableNameOf, quotedTable },
    install: changing(installed),
    remove: changing(removePlan),
    show: (target, named, signal) =>
      translating(translateError, () =>
        connections.withConnection((connection) => installed(connection, target, named), signal),
      ),
  });
}

async function installPlan(
  connection: Connection,
  schemaName: string,
  target: CaptureTarget,
  named: TableName,
): Promise<CapturePlan> {
  const [migrated] = await connection.execute(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'change'",
    [schemaName],
  );
  if (migrated === undefined)
    throw new SynclineError("database.schema", `The database "${schemaName}" has no Syncline tables. Run migrate().`);
  const found = await tableFacts(connection, named);
  const problemsOf = (table: TableFacts) => tableProblems(table, schemaName);
  const parts = { ...tableReading, isUnique, problemsOf };
  const key = captureKeyOf(parts, target, found, noTable(target.source.table));
  const triggers = await triggersOf(connection, target.category.name, key.table);
  const wanted = wantedTriggers(quoteIdentifier(schemaName), key);
  const plan = planRowTriggers(triggers, wanted, (each) => dropTrigger(key.table, each), true);
  return { ...plan, triggers: onTable(triggers, named), uncaptured: uncaptured(key) };
}

async function removePlan(connection: Connection, target: CaptureTarget, named: TableName): Promise<CapturePlan> {
  const triggers = await triggersOf(connection, target.category.name, named);
  const statements = triggers.map((each) => dropTrigger(named, each));
  return { triggers: onTable(triggers, named), drift: [], statements, uncaptured: [] };
}

async function triggersOf(connection: Connection, category: string, table: TableName): Promise<readonly RowTrigger[]> {
  const rows: readonly (readonly string[])[] = await connection.execute(
    `SELECT trigger_name, action_statement FROM information_schema.triggers
      WHERE event_object_schema = ? AND event_object_table = ? ORDER BY trigger_name`,
    [table.database, table.name],
  );
  const mark = captureMark(category);
  return rows.map(([name = "", text = ""]) => ({ name, text })).filter(({ text }) => text.includes(mark));
}

function onTable(triggers: readonly RowTrigger[], named: TableName): CapturePlan["triggers"] {
  return triggers.map(({ name }) => ({ name, table: quotedTable(named) }));
}

function tableProblems(table: TableFacts, schemaName: string) {
  const of = (message: string) => ({ at: "source.table", message: `${quotedTable(table)} ${message}` });
  return [
    ...(table.database === schemaName ? [of("is one of Syncline's own tables.")] : []),
    ...(table.isView ? [of("is a view, and what changes it fires no trigger: capture the tables that it shows.")] : []),
  ];
}

/** What changes rows and is not recorded as changes of keys. A sentence each. */
function uncaptured({ columns, table, updateOf }: CaptureKey): readonly string[] {
  const nullable = columns.filter(({ column }) => column.isNullable).map(({ column }) => column.name);
  const loose = columns.flatMap(({ column: { name, looseCollation: collation } }) =>
    collation === undefined ? [] : [{ name, collation }],
  );
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
    ...neverCaptured({ nullable, loose, updateOf: updateOf.map(({ name }) => name) }),
  ];
}

function dropTrigger({ database }: TableName, { name }: RowTrigger): string {
  return `DROP TRIGGER ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}
