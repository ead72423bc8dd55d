import type { CategoryDefinition } from "@syncline/core/spi";
import { captureTrigger } from "../capture/capture-trigger.ts";
import { migrations } from "../migrations/index.ts";
import { lockMigrationsMs } from "../migrator.ts";
import { listOperations } from "../sql/audit.ts";
import { backfillChanges, backfillKeys } from "../sql/backfill.ts";
import { backlogStatus, lockedBacklogStatus } from "../sql/backlog-status.ts";
import { blockers } from "../sql/blockers.ts";
import { changesBesideFloods } from "../sql/changes-beside-floods.ts";
import { claimDue } from "../sql/claim-due.ts";
import { deadCauses, deadLetters, discardDeadLetters, requeueDeadLetters } from "../sql/dead-letters.ts";
import { editDefinitions, listDefinitions, loadCategories } from "../sql/definitions.ts";
import { describeParameters, filteredTables, foreignCodePages } from "../sql/describe-parameters.ts";
import { findChanges, findDeliveries } from "../sql/find-key.ts";
import { hastenWaiting } from "../sql/hasten-waiting.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { loadStrategies } from "../sql/load-strategies.ts";
import {
  createMigrationTable,
  createSchema,
  lockMigrations,
  recordMigration,
  schemaState,
  versionOf,
} from "../sql/migrate.ts";
import { oldestChanges } from "../sql/oldest-changes.ts";
import { pauseStrategy, resumeStrategy } from "../sql/pause.ts";
import { readBatch } from "../sql/read-batch.ts";
import { readmitRefused } from "../sql/readmit-refused.ts";
import { recordChanges } from "../sql/record-changes.ts";
import { renewLeases } from "../sql/renew-leases.ts";
import { sessionSettings } from "../sql/session-settings.ts";
import { settleDeliveries } from "../sql/settle-deliveries.ts";
import { sourceTable } from "../sql/source-table.ts";
import { sourceTables } from "../sql/source-tables.ts";
import type { OwnStatement } from "../sql/statement.ts";
import { attend, discardStranded, listStranded, moveStranded } from "../sql/stranded-work.ts";
import { strategyHistory } from "../sql/strategy-history.ts";
import { heldRights, loginName, writableTables } from "../sql/surplus-rights.ts";
import { writeDispatch } from "../sql/write-dispatch.ts";

const everything: CategoryDefinition = {
  name: "everything",
  fields: {
    text: "string",
    whole: "integer",
    big: "bigint",
    exact: "decimal",
    yes: "boolean",
    code: "uuid",
    day: "date",
    moment: "timestamp",
  },
};

/**
 * Every statement that the adapter can send, for a schema of this name: for tests that hold each of them to something. What
 * stands for any number of statements (a backfill's keys, a read, a trigger) has an example here.
 */
export function everyStatement(schemaName: string): readonly OwnStatement[] {
  const schema = quoteIdentifier(schemaName);
  return [...pollerStatements(schema), ...operatorStatements(schema), ...setUp(schemaName, schema), ...reads()];
}

function pollerStatements(schema: string): readonly OwnStatement[] {
  const { before, after } = recordChanges(schema);
  return [
    {
      name: "record-changes",
      text: `${before}@changes${after}`,
      parameters: [{ name: "changes", type: "nvarchar(max)" }],
    },
    oldestChanges(schema),
    changesBesideFloods(schema),
    writeDispatch(schema),
    claimDue(schema),
    renewLeases(schema),
    settleDeliveries(schema),
    hastenWaiting(schema),
    loadStrategies(schema),
  ];
}

function operatorStatements(schema: string): readonly OwnStatement[] {
  return [
    backlogStatus(schema),
    lockedBacklogStatus(schema),
    ...[
      findChanges(schema, "change"),
      findChanges(schema, "refused"),
      findDeliveries(schema),
      deadLetters(schema),
      deadCauses(schema),
    ].flatMap(({ inSnapshot, elsewhere }) => [inSnapshot, elsewhere]),
    requeueDeadLetters(schema),
    discardDeadLetters(schema),
    listOperations(schema),
    loadCategories(schema),
    listDefinitions(schema),
    strategyHistory(schema),
    pauseStrategy(schema),
    resumeStrategy(schema),
    readmitRefused(schema),
    attend(schema),
    listStranded(schema),
    moveStranded(schema),
    discardStranded(schema),
    editDefinitions(schema),
    backfillChanges(schema),
    backfillKeys(schema, everything, exampleKeys),
  ];
}

const exampleKeys = `SELECT t.[text], t.[whole], t.[big], t.[exact], t.[yes], t.[code], t.[day], t.[moment]
  FROM dbo.everything AS t WHERE t.[whole] > 0 -- all of them`;

function setUp(schemaName: string, schema: string): readonly OwnStatement[] {
  const plain = (name: string, text: string): OwnStatement => ({ name, text, parameters: [] });
  const trigger = captureTrigger({
    table: "dbo.everything",
    category: everything,
    columns: { whole: "Whole Number" },
    schema: schemaName,
  });
  return [
    sessionSettings,
    schemaState,
    versionOf(schema),
    lockMigrations(schemaName, lockMigrationsMs(30_000)),
    plain("create-schema", createSchema(schema)),
    plain("create-migration-table", createMigrationTable(schema)),
    recordMigration(schema),
    ...migrations.flatMap(({ name, statements }) =>
      statements(schema).map((text, index) => plain(`${name}/${index + 1}`, text)),
    ),
    plain("capture-trigger", trigger),
  ];
}

function reads(): readonly OwnStatement[] {
  const text = "SELECT t.[whole] AS [whole] FROM dbo.everything AS t WHERE t.[whole] = CAST(@p1 AS bigint)";
  const one = { text, parameters: ["1"], isCounted: true };
  const several = [one, { ...one, isCounted: false }, one];
  return [
    readBatch(several, { isolation: "snapshot", refusesReplica: false }, 30_000).statement,
    readBatch([one], { isolation: "read committed", refusesReplica: true }, 30_000).statement,
    describeParameters,
    foreignCodePages,
    filteredTables,
    sourceTable,
    sourceTables,
    blockers("syncline"),
    loginName,
    heldRights,
    writableTables,
  ];
}
