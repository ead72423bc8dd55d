/**
 * What every SQL adapter would otherwise write for itself, whatever its database: the order of a dispatch's steps and of
 * locks, texts of a fixed length, paging, migrations, abort signals, numbers that lose no digit. It does no I/O, and loads
 * nothing but core's model.
 */
export { abortedError, onAbort, orAborted, throwIfAborted } from "./adapter-kit/aborted.ts";
export { ByteLimit, byteLimitError } from "./adapter-kit/byte-limit.ts";
export { type ChangePass, ChangeScan } from "./adapter-kit/change-scan.ts";
export {
  changesJson,
  missingKeys,
  mostDefinitionBytes,
  mostDefinitions,
  mostDefinitionsBytes,
  storedStrategy,
  unfitKeys,
} from "./adapter-kit/changes.ts";
export {
  checkSelection,
  type DeadLetterFilterGiven,
  filterGiven,
  type PageQuery,
  pageOf,
  pageQuery,
} from "./adapter-kit/dead-letters.ts";
export {
  type CatalogComparison,
  type CatalogPart,
  clockFinding,
  compareCatalogs,
  createDiagnosis,
  type Examination,
  schemaExamination,
  type Told,
} from "./adapter-kit/diagnosis.ts";
export { exactNumber, losslessNumber } from "./adapter-kit/exact-number.ts";
export { type FailureText, failureText, reasonText } from "./adapter-kit/failure-text.ts";
export { type Flood, type FloodTake, FloodWatch, mostFloods, type TakenAmong } from "./adapter-kit/flood-watch.ts";
export { FullScans } from "./adapter-kit/full-scans.ts";
export { parseJsonText } from "./adapter-kit/json-text.ts";
export {
  type DrizzleSql,
  type DrizzleTransaction,
  drizzleError,
  hasMethod,
  type KnexTransaction,
  type KyselyQuery,
  type KyselyTransaction,
  noKnexTransaction,
  noTypeormTransaction,
  notInTransaction,
  onDrizzle,
  onKnex,
  onKysely,
  onPrisma,
  onTypeorm,
  type PrismaTransaction,
  type TypeormManager,
  type TypeormRunner,
} from "./adapter-kit/library-transactions.ts";
export { compareLockOrder, inLockOrder, type Lockable } from "./adapter-kit/lock-order.ts";
export { createMigrator, type MigrationSession, type Migrator, type MigratorParts } from "./adapter-kit/migrator.ts";
export { networkErrorCodes } from "./adapter-kit/network-codes.ts";
export {
  auditColumns,
  backfillColumns,
  backfillJobOf,
  backlogColumns,
  backlogStatusOf,
  changeColumns,
  countOf,
  deadCauseColumns,
  deadCauseExpressions,
  deadLetterColumns,
  deadLetterOf,
  foundChangeColumns,
  foundDeliveryColumns,
  foundDeliveryOf,
  recordedChangeOf,
  strandedBacklogOf,
  strandedColumns,
  strategyVersionColumns,
  strategyVersionOf,
} from "./adapter-kit/rows.ts";
export { type ServerAnswer, serverSentence, wordlessCause } from "./adapter-kit/server-words.ts";
export { type SettledPositions, settleInOrder } from "./adapter-kit/settle-in-order.ts";
export {
  commonCapabilities,
  createSqlAdapter,
  type SqlAdapterParts,
  type SqlSession,
  type SqlStatements,
  type StrategyHistoryGiven,
  tablesIn,
} from "./adapter-kit/sql/adapter.ts";
export {
  type AuditGiven,
  type AuditStatements,
  createAuditLog,
  type OperatorRecordGiven,
} from "./adapter-kit/sql/audit-log.ts";
export {
  type BackfillEndGiven,
  type BackfillStatements,
  type BackfillStepGiven,
  createBackfillStore,
  type KeyPage,
  type KeyPageGiven,
  type KeyPages,
  type NewBackfillGiven,
} from "./adapter-kit/sql/backfill-store.ts";
export { type BacklogStatements, createBacklogStore, type FoundChangesGiven } from "./adapter-kit/sql/backlog-store.ts";
export { carriedEach, carriedList } from "./adapter-kit/sql/carried-columns.ts";
export {
  createCategorySources,
  noTable,
  type SourceColumn,
  type SourceParts,
  type TableReading,
} from "./adapter-kit/sql/category-sources.ts";
export {
  type CapturedTable,
  type CaptureKey,
  type CaptureParts,
  type CapturePlan,
  captureKeyOf,
  captureMark,
  captureName,
  createChangeCapture,
  neverCaptured,
  planRowTriggers,
  type RowTrigger,
} from "./adapter-kit/sql/change-capture.ts";
export { createSqlDriver, type DriverParts } from "./adapter-kit/sql/connected-driver.ts";
export {
  type ConnectionPool,
  type ConnectionPoolParts,
  createConnectionPool,
} from "./adapter-kit/sql/connection-pool.ts";
export { type ConnectionParts, type Connections, createConnections } from "./adapter-kit/sql/connections.ts";
export {
  createDefinitionTable,
  type DefinitionEditsGiven,
  type DefinitionReads,
  type DefinitionStatements,
  type DefinitionSteps,
} from "./adapter-kit/sql/definition-table.ts";
export {
  type DispatchEnd,
  type DispatchStatements,
  dispatchSteps,
  type RefusedRow,
  refusedRow,
  type TakenChanges,
} from "./adapter-kit/sql/dispatch.ts";
export {
  type Apart,
  type Asked,
  type AskedWithin,
  ask,
  askAlone,
  type Nothing,
  runSteps,
  runStepsNow,
  type SqlDriver,
  type SqlStep,
  type SqlSteps,
  type Takes,
  type TransactionEnd,
} from "./adapter-kit/sql/driver.ts";
export { type KeyedRead, KeyedRows, keyedRead, keyValue, perKeyForms } from "./adapter-kit/sql/keyed-reads.ts";
export { type ClaimGiven, createLeases, type LeaseStatements, type SettlementRow } from "./adapter-kit/sql/leases.ts";
export {
  type LockingLeaseStatements,
  lockingLeases,
  type PutBackRow,
} from "./adapter-kit/sql/locking-leases.ts";
export { type LockingOperatorStatements, lockingOperators } from "./adapter-kit/sql/locking-operators.ts";
export {
  type FoldRow,
  type LockingUpsertStatements,
  lockingUpsert,
  type NewDeliveryRow,
} from "./adapter-kit/sql/locking-upsert.ts";
export {
  createPerKeyRunner,
  type KeyAnswer,
  type PerKeyParts,
  type PreparedRead,
  type ReadPhase,
} from "./adapter-kit/sql/per-key-runner.ts";
export { createStrandedWork, type StrandedStatements } from "./adapter-kit/sql/stranded-work.ts";
export { createStrategyStore, type StrategyTables } from "./adapter-kit/sql/strategy-store.ts";
export {
  createDispatch,
  type FloodStatements,
  type Take,
  type TakeStatements,
  type TakeSteps,
  takeAmong,
  takeStepsOf,
} from "./adapter-kit/sql/take.ts";
export {
  type DeliveryRow,
  isFirstOfKey,
  type Lane,
  leasedClaims,
  positionsOf,
  type UpsertedDeliveries,
  type UpsertGiven,
  upsertedOf,
  upsertGiven,
} from "./adapter-kit/sql/upsert.ts";
export { attendedNames, gapsBetween, namesInParts } from "./adapter-kit/stranded-work.ts";
export { translating } from "./adapter-kit/translating.ts";
export type { AnswerRow } from "./model/answer-row.ts";
export { type ColumnSpelling, type Columns, columnName } from "./model/columns.ts";
export {
  type Carried,
  type CarriedColumn,
  type CarriedText,
  type ClaimColumn,
  carriedColumns,
  carriedTexts,
  claimColumns,
  claimOf,
  newClaim,
} from "./model/delivery.ts";
export { checkShape, type OptionCheck, oneOf, type ShapeChecks, text, wholeNumber } from "./model/option-checks.ts";
export { visibleText } from "./model/visible-text.ts";
export { isTlsCode } from "./transport-kit/tls-codes.ts";
