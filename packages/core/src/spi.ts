/**
 * Contracts, model and errors: all that adapters, transports and applications that only record import. It loads no
 * container.
 */
export type {
  AuditEntry,
  AuditLog,
  AuditPage,
  AuditQuery,
  OperatorAction,
  OperatorNote,
  OperatorRecord,
} from "./contracts/audit-log.ts";
export type {
  BackfillChunk,
  BackfillJob,
  BackfillLease,
  BackfillState,
  BackfillStore,
  BackfillThrottle,
  KeysExamined,
  NewBackfill,
} from "./contracts/backfill-store.ts";
export type {
  Backfill,
  BacklogStatus,
  BacklogStore,
  ChosenDeadLetters,
  DeadLetter,
  DeadLetterCause,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterSelection,
  FoundChange,
  FoundDelivery,
  KeyFindings,
  KeyQuery,
  StrategyBacklog,
} from "./contracts/backlog-store.ts";
export type {
  CategorySources,
  SourcedCategory,
  SourceTable,
  SourceTableColumn,
} from "./contracts/category-sources.ts";
export type { CaptureReport, CaptureTarget, CaptureTrigger, ChangeCapture } from "./contracts/change-capture.ts";
export type { ChangeRecorder } from "./contracts/change-recorder.ts";
export type { ChangeSignal } from "./contracts/change-signal.ts";
export type {
  DatabaseAdapter,
  DatabaseCapabilities,
  DatabaseContext,
  DatabaseSession,
  MigrationReport,
  PendingMigration,
  PendingMigrations,
  SurplusRight,
} from "./contracts/database-adapter.ts";
export type {
  DefinitionEdit,
  DefinitionKind,
  DefinitionRow,
  DefinitionTable,
  StoredDefinitions,
} from "./contracts/definition-table.ts";
export {
  type DatabaseRole,
  type Diagnosis,
  type DiagnosisRequest,
  databaseRoles,
  type Finding,
  type FindingLevel,
} from "./contracts/diagnosis.ts";
export type { Logger } from "./contracts/logger.ts";
export type { PollRound, PollSchedule } from "./contracts/poll-schedule.ts";
export type { Blockers, BlockingSession, DispatchResult, Poller, Route, Routing } from "./contracts/poller.ts";
export type { ComposedQuery, ComposeForm, ComposeShape, QueryComposer } from "./contracts/query-composer.ts";
export type {
  KeyEquality,
  LocateInTemplate,
  QueryLimits,
  QueryResult,
  QueryRunner,
  Statement,
  TemplateDescription,
  TemplatePlace,
  TemplateProbe,
} from "./contracts/query-runner.ts";
export type { SpecVersionRange, Versioned } from "./contracts/spec-version.ts";
export type { KeyField, LexicalRules, SqlDialect } from "./contracts/sql-dialect.ts";
export type { StrandedBacklog, StrandedPortion, StrandedTarget, StrandedWork } from "./contracts/stranded-work.ts";
export type { StrategyHistory, StrategyHistoryQuery, StrategyVersion } from "./contracts/strategy-history.ts";
export type { LoadedStrategies, StoredCategory, StoredStrategy, StrategyStore } from "./contracts/strategy-store.ts";
export type { InvokeContext, SyncCall, SyncInvoker, SyncItem } from "./contracts/sync-invoker.ts";
export type { Transport, TransportCapabilities, TransportContext } from "./contracts/transport.ts";
export type { Absence } from "./model/absence.ts";
export type { Category, Dictionary } from "./model/category.ts";
export { category, changeOf, createDictionary } from "./model/category.ts";
export type { CategoryDefinition, CategoryFields, ConditionInput, FieldType } from "./model/category-definition.ts";
export { type CategorySource, sourceColumn } from "./model/category-source.ts";
export type { Change, ChangeOperation, RecordedChange, RefusedChange } from "./model/change.ts";
export { checkChanges } from "./model/check-changes.ts";
export type { CanonicalCondition, Condition } from "./model/condition.ts";
export { canonicalCondition, conditionOf, maxKeyLength, parseCondition } from "./model/condition.ts";
export type { ConditionValue } from "./model/condition-value.ts";
export type { Claim, Demand, Lease, QuietWindow, RoutedDelivery, SettleEffect, Settlement } from "./model/delivery.ts";
export type { DeliveryWindow } from "./model/delivery-window.ts";
export type { ErrorCode, SynclineErrorOptions } from "./model/errors.ts";
export { errorCodes, isSynclineError, SynclineError } from "./model/errors.ts";
export {
  type Effect,
  type Failure,
  type FailureKind,
  failureKinds,
  type ItemFailure,
  type Outcome,
} from "./model/outcome.ts";
export type { Problem } from "./model/problem.ts";
export { type ResolvedStrategy, resolveStrategy } from "./model/resolve-strategy.ts";
export type {
  RateLimit,
  RetryPolicy,
  RowMapper,
  Strategy,
  StrategyDefinition,
  StrategyOptions,
  WhenAbsent,
} from "./model/strategy.ts";
export type { WireRow, WireValue } from "./model/wire.ts";
