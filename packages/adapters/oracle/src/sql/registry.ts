import type { CategoryDefinition } from "@syncline/core/spi";
import { migrations } from "../migrations/index.ts";
import { keepOperation, listOperations } from "./audit.ts";
import { backfillChanges, backfillKeys } from "./backfill.ts";
import { backlogStatus } from "./backlog-status.ts";
import { blockers } from "./blockers.ts";
import { claimDue } from "./claim-due.ts";
import { deadCauses, deadLetters, discard, requeue } from "./dead-letters.ts";
import {
  editFor,
  listDefinitions,
  loadCategories,
  lockDefinitions,
  putCategory,
  putStrategy,
  removeDefinition,
} from "./definitions.ts";
import { findChanges, findDeliveries } from "./find-key.ts";
import { hastenWaiting } from "./hasten-waiting.ts";
import { keepRefused } from "./keep-refused.ts";
import { loadStrategies } from "./load-strategies.ts";
import {
  characterSet,
  createMigrationTable,
  insertLockRow,
  insertMigration,
  lockMigrations,
  schemaVersion,
} from "./migrating.ts";
import type { Place } from "./names.ts";
import { pauseStrategy, resumeStrategy } from "./pause.ts";
import { readmitRefused } from "./readmit-refused.ts";
import { recordChanges, recordTraced } from "./record-changes.ts";
import { renewLeases } from "./renew-leases.ts";
import { rowPolicies } from "./row-policies.ts";
import { beginFencedRead, beginRead, prepareSession } from "./sessions.ts";
import { settle } from "./settle.ts";
import { sourceTable } from "./source-table.ts";
import { sourceTables } from "./source-tables.ts";
import type { OwnStatement } from "./statement.ts";
import { attend, attendance, discardStranded, listStranded, moveStranded, withdraw } from "./stranded-work.ts";
import { strategyHistory } from "./strategy-history.ts";
import { loginName, surplusRights } from "./surplus-rights.ts";
import {
  changeRange,
  deleteChanges,
  floodChanges,
  lockDispatcher,
  oldestChanges,
  otherChanges,
} from "./take-changes.ts";
import { upsertDeliveries } from "./upsert-deliveries.ts";

/** A statement without binds and rows: DDL, or a session's setting. */
export interface PlainStatement {
  readonly name: string;
  readonly text: string;
}

/** Every statement of ours with values or rows. Strategies' queries come on top: see `dialect.ts` and `read-shape.ts`. */
export function ownStatements(place: Place): readonly OwnStatement[] {
  return [
    recordChanges(place),
    recordTraced(place),
    lockDispatcher(place),
    oldestChanges(place),
    changeRange(place),
    otherChanges(place),
    floodChanges(place),
    deleteChanges(place),
    keepRefused(place),
    upsertDeliveries(place),
    claimDue(place),
    renewLeases(place),
    settle(place),
    hastenWaiting(place),
    loadStrategies(place),
    backlogStatus(place),
    findChanges(place, "change"),
    findChanges(place, "refused"),
    findDeliveries(place),
    deadLetters(place),
    deadCauses(place),
    requeue(place),
    discard(place),
    keepOperation(place),
    listOperations(place),
    loadCategories(place),
    listDefinitions(place),
    lockDefinitions(place),
    editFor(),
    ...Object.values(putCategory(place)),
    ...Object.values(putStrategy(place)),
    removeDefinition(place, "category"),
    removeDefinition(place, "strategy"),
    strategyHistory(place),
    pauseStrategy(place),
    resumeStrategy(place),
    readmitRefused(place),
    withdraw(place),
    attend(place),
    attendance(place),
    listStranded(place),
    moveStranded(place),
    discardStranded(place),
    backfillChanges(place),
    insertLockRow(place),
    lockMigrations(place),
    schemaVersion(place),
    insertMigration(place),
    characterSet,
    rowPolicies,
    sourceTable,
    sourceTables,
    blockers(place),
    loginName,
    surplusRights,
  ];
}

/** What a backfill of a query's keys reads: its text depends on the category and on the query. */
export function backfillStatements(category: CategoryDefinition, keys: string): readonly OwnStatement[] {
  return [backfillKeys(category, keys)];
}

export function plainStatements(place: Place): readonly PlainStatement[] {
  return [
    { name: "prepare_session", text: prepareSession },
    { name: "begin_read", text: beginRead },
    { name: "begin_fenced_read", text: beginFencedRead },
    { name: "migration_table", text: createMigrationTable(place) },
    ...migrations.flatMap((migration) =>
      migration.statements(place).map((text, index) => ({ name: `${migration.name}.${index + 1}`, text })),
    ),
  ];
}
