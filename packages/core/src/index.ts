import "reflect-metadata/lite";

// The build brings a copy of inversify: whoever makes child containers needs the classes of that one.
export { Container, ContainerModule } from "inversify";

// For whoever writes a dialect, and wants to see it compose.
export { documentsOf } from "./compose/documents.ts";
export { createQueryComposer } from "./compose/query-composer.ts";
export type {
  BackfillOptions,
  BackfillPace,
  BackfillProgress,
  BackfillReport,
  Backfills,
  DrivenBackfill,
} from "./container/backfill/backfills.ts";
export { createPipeline } from "./container/create-pipeline.ts";
export type { KeyAtStrategy, KeyDelivery, KeyReport } from "./container/explain-key.ts";
export type { Health, HealthProblem } from "./container/health.ts";
export { type HealthListenerOptions, healthListener } from "./container/health-listener.ts";
export type {
  Audit,
  BackfillSource,
  Capture,
  CategorySummary,
  DeadLetters,
  Definitions,
  LaneStatus,
  LiveChoice,
  MadeLive,
  Pipeline,
  PipelineStatus,
  Stranded,
  StrategyStatus,
  StrategySummary,
} from "./container/pipeline.ts";
export type { PipelineOptions } from "./container/pipeline-options.ts";
export type { Plugin } from "./container/plugin.ts";
export type { Preview } from "./container/preview.ts";
export type { ShadowedCall, ShadowedKey, ShadowReport } from "./container/shadow-report.ts";
export { TOKENS } from "./container/tokens.ts";
export type { PipelineEvent, PipelineEvents, PipelineListener } from "./engine/events.ts";
export type {
  Observation,
  ObservedCall,
  ObservedClaim,
  ObservedDispatch,
  ObservedRead,
  ObservedRecord,
  ObservedSettle,
  ReadEnd,
  RecordEnd,
  WorkObserver,
} from "./engine/observer.ts";
export { type AdaptiveOptions, adaptiveSchedule, cronSchedule } from "./engine/poll/poll-schedule.ts";
export type { Tuning } from "./engine/tuning.ts";
export { type Category, category } from "./model/category.ts";
export type { CategorySource } from "./model/category-source.ts";
export type { DeliveryWindow } from "./model/delivery-window.ts";
export { isSynclineError, SynclineError } from "./model/errors.ts";
export { type StrategyInCode, strategy } from "./model/strategy-in-code.ts";
