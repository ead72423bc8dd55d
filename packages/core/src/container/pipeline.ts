import type { Container } from "inversify";
import type { AuditPage, AuditQuery, OperatorNote } from "../contracts/audit-log.ts";
import type {
  BacklogStatus,
  DeadLetterCause,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterSelection,
  StrategyBacklog,
} from "../contracts/backlog-store.ts";
import type { CaptureReport } from "../contracts/change-capture.ts";
import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { MigrationReport, SurplusRight } from "../contracts/database-adapter.ts";
import type { DefinitionEdit, StoredDefinitions } from "../contracts/definition-table.ts";
import type { DiagnosisRequest, Finding } from "../contracts/diagnosis.ts";
import type { StrandedBacklog } from "../contracts/stranded-work.ts";
import type { StrategyHistoryQuery, StrategyVersion } from "../contracts/strategy-history.ts";
import type { PipelineEvent, PipelineListener } from "../engine/events.ts";
import type { WorkObserver } from "../engine/observer.ts";
import type { CategoryDefinition, ConditionInput } from "../model/category-definition.ts";
import type { CategorySource } from "../model/category-source.ts";
import type { Problem } from "../model/problem.ts";
import type { Backfills } from "./backfill/backfills.ts";
import type { KeyReport } from "./explain-key.ts";
import type { Health } from "./health.ts";
import type { Preview } from "./preview.ts";
import type { ShadowReport } from "./shadow-report.ts";

/** Which keys of its category a backfill sends to one strategy. */
export type BackfillSource =
  | { readonly conditions: readonly ConditionInput[] }
  /** A SELECT whose columns are named as the category's fields: `SELECT id AS "orderId" FROM orders`. */
  | { readonly keys: string };

/**
 * Dead letters, and what is held for a person. Errors: `config.invalid` for a filter or selection
 * that is none, or says nothing.
 */
export interface DeadLetters {
  list(query?: DeadLetterQuery): Promise<DeadLetterPage>;
  /** What they died of, the most frequent first, 1,000 causes at most. */
  causes(filter?: DeadLetterFilter): Promise<readonly DeadLetterCause[]>;
  /**
   * Due now, with fresh attempts. The current rows go out, not old ones. A thousand at a time,
   * beside running workers; broken off, it can be called again. Returns how many.
   */
  requeue(selection: DeadLetterSelection, by?: OperatorNote): Promise<number>;
  /** Forget them, as `requeue` takes them. Returns how many. */
  discard(selection: DeadLetterSelection, by?: OperatorNote): Promise<number>;
}

/** What operators have done, with who and why. */
export interface Audit {
  /** Newest first. Errors: `config.invalid`, also where the database's adapter keeps nothing. */
  list(query?: AuditQuery): Promise<AuditPage>;
}

export interface StrategyStatus extends StrategyBacklog {
  /** No running worker has the strategy: see `Pipeline.stranded`. Absent where one has. */
  readonly stranded?: boolean;
  /**
   * Its row says `enabled = false`: its keys are kept, and delivered once it is enabled again.
   * Absent otherwise.
   */
  readonly disabled?: boolean;
}

export interface StrategySummary {
  readonly name: string;
  readonly category: string;
  readonly downstream: string;
  /** A shadow sends nothing. */
  readonly mode: "live" | "shadow";
  /** What a shadow is held against. Absent otherwise. */
  readonly shadowOf?: string;
}

/** A category in force. */
export interface CategorySummary extends CategoryDefinition {
  /** `code`, or where it stands: `syncline/categories/order.yaml`, `syncline.category[order]`. */
  readonly definedIn: string;
}

/** One strategy's way to its downstream, in this process. Counts are deliveries. */
export interface LaneStatus {
  readonly strategy: string;
  readonly category: string;
  readonly downstream: string;
  /** `open`: nothing is sent; `half-open`: one call at a time, to see whether it passes. */
  readonly circuit: "closed" | "half-open" | "open";
  readonly reading: number;
  /** Read, and not yet sent. */
  readonly ready: number;
  readonly sending: number;
  /** Calls under way. */
  readonly calls: number;
  /** Epoch milliseconds: its delivery window is closed until then. */
  readonly opensAt?: number;
}

export interface PipelineStatus extends BacklogStatus {
  readonly strategies: readonly StrategyStatus[];
}

/**
 * What strategies have left behind that no running worker has: they were renamed or removed. Of a
 * strategy that a worker has, be it invalid, paused or another process's, nothing is touched.
 */
export interface Stranded {
  list(): Promise<readonly StrandedBacklog[]>;
  /**
   * Hand what waits, and dead letters, to a strategy in working order. It gets them as a backfill:
   * a key that it has already is one delivery with it, and the current rows go out. With `held`,
   * those that are held for a person, too. A thousand at a time, beside running workers; broken
   * off, it can be called again. Returns how many. Errors: `strategy.running`, `strategy.unknown`,
   * `change.invalid` where the keys do not fit the other's category.
   */
  move(strategy: string, options: { readonly to: string; readonly held?: boolean }, by?: OperatorNote): Promise<number>;
  /**
   * Forget what waits, and dead letters; with `held`, those that are held, too. Otherwise as
   * `move`.
   */
  discard(strategy: string, options?: { readonly held?: boolean }, by?: OperatorNote): Promise<number>;
}

/**
 * Triggers that record the changes of a category, whoever makes them. `source` is the category's
 * own if it is not given; with one, another table whose rows belong to the same keys: the lines of
 * an order.
 *
 * Errors: `config.invalid`, also where the database's adapter has no capture.
 */
export interface Capture {
  /** Make them, or bring them up to date. Repeatable. Says what they do not capture. */
  install(category: string, source?: CategorySource): Promise<CaptureReport>;
  /** What is there, whether it is as it should be, and what `install` would run. Changes nothing. */
  show(category: string, source?: CategorySource): Promise<CaptureReport>;
  /** Repeatable. */
  remove(category: string, source?: CategorySource): Promise<CaptureReport>;
}

/** What becomes of the strategy that a shadow was held against: `keep` has both send. */
export interface LiveChoice {
  readonly others?: "replace" | "keep" | undefined;
}

export interface MadeLive {
  readonly replaced: string | undefined;
  /** Deliveries of the replaced one that go on as the new one's. */
  readonly moved: number;
}

/**
 * The tables of categories and strategies, as data. Errors: `config.invalid` where the database's
 * adapter does not edit them.
 */
export interface Definitions {
  /** All rows, in force or not, and the revision that `apply` wants. */
  list(): Promise<StoredDefinitions>;
  /**
   * Everything that would be wrong with what these edits touch, as `Pipeline.check` says it: the
   * database prepares every query. Changes nothing.
   */
  check(edits: readonly DefinitionEdit[]): Promise<readonly Problem[]>;
  /**
   * All edits in one transaction, whatever `check` says of them. Every worker has them with its next
   * dispatch. Errors: `definitions.changed` if the tables are not of this revision any more.
   */
  apply(edits: readonly DefinitionEdit[], revision: string, by?: OperatorNote): Promise<void>;
  /**
   * A shadow of the table becomes live, and what it replaces is removed, in one transaction; what that
   * one still owes goes to the new one. A shadow that is held against a strategy needs a choice.
   * Errors: `strategy.unknown`; `config.invalid`, which says where a strategy stands that is not in the
   * table; `strategy.invalid`; `definitions.changed`.
   */
  makeLive(strategy: string, choice?: LiveChoice, by?: OperatorNote): Promise<MadeLive>;
}

/** One database, its strategies and their downstreams, running. */
export interface Pipeline<Tx = unknown> extends AsyncDisposable {
  /** Records changes in the caller's own transaction. Works before `start` and without it. */
  readonly recorder: ChangeRecorder<Tx>;
  readonly deadLetters: DeadLetters;
  readonly stranded: Stranded;
  readonly capture: Capture;
  readonly audit: Audit;
  readonly definitions: Definitions;
  readonly backfills: Backfills;
  /** For those who extend. */
  readonly container: Container;

  /** Create or upgrade Syncline's tables. Safe to call from several workers at once. */
  migrate(): Promise<MigrationReport>;
  /**
   * Everything that is wrong, where `start` would stop at the first: options, transports' files and
   * schemas, the tables, sources, and every strategy of code and table, whose query the database
   * prepares. Empty: it can start. Changes nothing.
   */
  check(): Promise<readonly Problem[]>;
  /**
   * Check everything and start working. Errors: `config.invalid`, `strategy.invalid`,
   * `database.schema`, after which it can be tried again; `pipeline.state`, also where it is stopped
   * meanwhile.
   */
  start(): Promise<void>;
  /**
   * Stop claiming, finish what is in flight, release the rest: within `timeoutMs` (default 30,000)
   * and a second. Of several stops, the earliest deadline holds. A pipeline cannot be started again.
   */
  stop(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Resolves when nothing is due and nothing is in flight. With `retries`, when nothing waits for a back-off either. */
  drain(options?: { readonly retries?: boolean; readonly signal?: AbortSignal }): Promise<void>;
  status(): Promise<PipelineStatus>;
  /** Those of code, stores and table that can work, in the order of their names. */
  strategies(): Promise<readonly StrategySummary[]>;
  /**
   * The data dictionary: of code, stores and table, in the order of their names. Where the pipeline
   * does not run, what stores have is read now, and the recorder knows it from then on.
   */
  categories(): Promise<readonly CategorySummary[]>;
  /**
   * Who changed a strategy of the table, and when: its newest versions first, also of one that is
   * deleted. Errors: `config.invalid`, also where the database's adapter keeps none.
   */
  strategyHistory(strategy: string, query?: StrategyHistoryQuery): Promise<readonly StrategyVersion[]>;
  /**
   * What the login that strategies are read with may do beyond reading, and how to take it away.
   * Empty: nothing, or the database's adapter cannot tell. Asked by `start`, too, where strategies
   * come from a table.
   */
  reviewRights(): Promise<readonly SurplusRight[]>;
  /**
   * The database and Syncline's part of it, looked at for faults: versions, drift of our tables, clock, rights of each role,
   * upkeep, settings. What is well is told, too, and what could not be looked at is `unknown`. Changes nothing. Errors:
   * `database.unavailable`, `operation.aborted`.
   */
  diagnose(request?: DiagnosisRequest): Promise<readonly Finding[]>;
  /** Whether this process works, as far as it knows by itself: no I/O. For `/livez` and `/readyz` see `healthListener`. */
  health(): Health;
  /** What a strategy would do with one key now: the statement, the rows, the content. Nothing is sent. */
  preview(strategy: string, condition: ConditionInput): Promise<Preview>;
  /**
   * What a strategy of `mode: "shadow"` would have sent, beside what the strategy sent that it is held
   * against. Of this process alone. Errors: `strategy.unknown` where no such shadow is in force.
   */
  shadow(strategy: string): Promise<ShadowReport>;
  /**
   * Why a key was, or was not, delivered: what was recorded of it, and what each strategy of its
   * category has. Errors: `config.invalid` where there is no such category, or the database's adapter
   * cannot tell; `change.invalid`.
   */
  explain(category: string, condition: ConditionInput): Promise<KeyReport>;
  /**
   * Record pointers for one strategy alone, all in one transaction: for what is more than some ten
   * thousand keys, see `backfills`. Returns how many. Without a source: all keys of the
   * table that the strategy's category names; those that its query filters out are told as absent.
   * Errors: `config.invalid` where the category names none.
   */
  backfill(strategy: string, source?: BackfillSource, by?: OperatorNote): Promise<number>;
  /** No worker claims the strategy until it is resumed; its changes go on folding. Survives restarts. */
  pause(strategy: string, by?: OperatorNote): Promise<void>;
  resume(strategy: string, by?: OperatorNote): Promise<void>;
  /** The strategies in force, and where each of their lanes stands, as this process knows it: no I/O. */
  lanes(): readonly LaneStatus[];
  /** Hear of work as it happens, for telemetry. Returns how to stop. What nobody hears costs nothing. */
  observe(observer: WorkObserver): () => void;
  /** Returns how to stop listening. */
  on<Event extends PipelineEvent>(event: Event, listener: PipelineListener<Event>): () => void;
}
