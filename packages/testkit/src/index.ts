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
export { type MemoryDatabase, memoryDatabase } from "./memory/memory-database.ts";
export { createMemoryStore, type MemoryStore, type MemoryTable, type StoredDelivery } from "./memory/store.ts";
export type { MemoryTransaction } from "./memory/transaction.ts";
export type { SuiteCounts } from "./suite/declare-suite.ts";
export type { ConformanceOptions, DeclareTest, TestRunner } from "./suite/runner.ts";
export {
  type Behaviour,
  type DownstreamAct,
  type DownstreamBooks,
  type DownstreamControl,
  type HttpAct,
  type HttpAddress,
  type HttpReceivedCall,
  type HttpReceivedItem,
  httpFixture,
  type KeptKey,
  type ProgrammableDownstream,
  programmableDownstream,
  type ReceivedCall,
  type ReceivedItem,
  type RefusalKind,
  type StrategyParts,
  type TransportCapability,
  type TransportFixture,
  transportConformance,
} from "./transport/index.ts";
