export { databaseConformance } from "./database/conformance.ts";
export type {
  CreateDatabaseFixture,
  DatabaseCapability,
  DatabaseFixture,
  EarlierSchema,
  OpenTransaction,
  SourceRow,
  SourceTable,
  SpecialTemplates,
} from "./database/fixture.ts";
export { checkHistory } from "./history/check-history.ts";
export type {
  Arrival,
  ArrivedItem,
  BacklogSample,
  CommittedChange,
  History,
  ObservedDeadLetter,
  SourceState,
  StrategyFacts,
  Violation,
  ViolationKind,
} from "./history/observation.ts";
export { type Random, seededRandom } from "./history/random.ts";
export { tellKey } from "./history/tell-key.ts";
export {
  type StrategyOverrides,
  testCall,
  testClaim,
  testDelivery,
  testItem,
  testStrategy,
} from "./makers.ts";
export type { StoredDelivery } from "./memory/delivery-row.ts";
export { type MemoryDatabase, memoryDatabase } from "./memory/memory-database.ts";
export { createMemoryStore, type MemoryStore, type MemoryTable } from "./memory/store.ts";
export type { MemoryTransaction } from "./memory/transaction.ts";
export {
  type QueryComposerCapability,
  type QueryComposerFixture,
  queryComposerConformance,
} from "./query-composer/conformance.ts";
export {
  type StrategyStoreCapability,
  type StrategyStoreFixture,
  strategyStoreConformance,
} from "./strategy-store/conformance.ts";
export type { SuiteCounts } from "./suite/declare-suite.ts";
export { runCheck } from "./suite/declare-suite.ts";
export type { ConformanceOptions, DeclareTest, TestRunner } from "./suite/runner.ts";
export type { HttpAct } from "./transport/act-over-http.ts";
export { jsonCorpus } from "./transport/corpus.ts";
export type { DownstreamBooks, KeptKey } from "./transport/downstream-books.ts";
export type {
  DownstreamAct,
  DownstreamControl,
  ReceivedCall,
  ReceivedItem,
  RefusalKind,
} from "./transport/downstream-control.ts";
export type { StrategyParts, TransportFixture } from "./transport/fixture.ts";
export { type HttpAddress, httpFixture } from "./transport/http-fixture.ts";
export {
  type Behaviour,
  type ProgrammableDownstream,
  programmableDownstream,
} from "./transport/programmable-downstream.ts";
export type { HttpReceivedCall, HttpReceivedItem } from "./transport/received-over-http.ts";
export type { TransportCapability } from "./transport/scene.ts";
export { transportChecks, transportConformance } from "./transport/transport-conformance.ts";
