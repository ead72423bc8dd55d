import type { DatabaseAdapter, DatabaseSession } from "@syncline/core/spi";
import { memoryAudit } from "./audit.ts";
import { memoryBackfills } from "./backfills.ts";
import { memoryBacklog } from "./backlog-store.ts";
import { memoryCapture } from "./capture.ts";
import { claimOn } from "./claim.ts";
import { memoryDefinitions } from "./definitions.ts";
import { memoryDiagnosis } from "./diagnosis.ts";
import { memoryDialect } from "./dialect.ts";
import { dispatchOn } from "./dispatch.ts";
import { aborted } from "./guard.ts";
import { memoryQueryRunner } from "./query-runner.ts";
import { memoryRecorder } from "./recorder.ts";
import { hastenOn, renewOn, settleOn } from "./settle.ts";
import { memorySources } from "./sources.ts";
import { createMemoryStore, type MemoryStore } from "./store.ts";
import { memoryStrandedWork } from "./stranded-work.ts";
import { memoryHistory, memoryStrategies } from "./strategy-store.ts";
import { beginTransaction, type MemoryTransaction } from "./transaction.ts";

/** A database adapter and what an application needs of its database. */
export interface MemoryDatabase extends DatabaseAdapter<MemoryTransaction> {
  readonly store: MemoryStore;
  begin(): MemoryTransaction;
}

/**
 * A database in memory: the readable specification of what every adapter does, and a fake for tests. Adapters made with
 * one `store` are workers on one database. It keeps nothing and speaks no SQL but the least (see parse-select.ts).
 */
export function memoryDatabase(options: { readonly store?: MemoryStore } = {}): MemoryDatabase {
  const store = options.store ?? createMemoryStore();
  return {
    specVersion: 1,
    name: "memory",
    capabilities: {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: false,
      snapshotReads: true,
      strandedWork: true,
      capture: true,
      sources: true,
      audit: true,
      definitions: true,
      strategyHistory: true,
      diagnosis: true,
      backfills: true,
    },
    dialect: memoryDialect,
    recorder: memoryRecorder(store),
    open: () => openSession(store),
    store,
    begin: () => beginTransaction(store),
  };
}

function openSession(store: MemoryStore): DatabaseSession {
  const checkSchema = async () => (store.migrated ? undefined : "There are no Syncline tables: call migrate() first.");
  return {
    poller: {
      dispatch: dispatchOn(store),
      claim: claimOn(store),
      renew: renewOn(store),
      settle: settleOn(store),
      hasten: hastenOn(store),
    },
    queryRunner: memoryQueryRunner(store),
    backlog: memoryBacklog(store),
    strandedWork: memoryStrandedWork(store),
    capture: memoryCapture(store),
    sources: memorySources(store),
    audit: memoryAudit(store),
    strategyHistory: memoryHistory(store),
    backfills: memoryBackfills(store),
    strategyStore: memoryStrategies(store),
    definitions: memoryDefinitions(store),
    migrate: async (signal) => {
      if (signal.aborted) throw aborted();
      const applied = store.migrated ? [] : ["0001-tables"];
      store.migrated = true;
      return { applied };
    },
    pendingMigrations: async () => ({
      migrations: store.migrated ? [] : [{ name: "0001-tables", statements: ["CREATE TABLES IN MEMORY"] }],
      terminator: ";",
    }),
    diagnosis: memoryDiagnosis(store, checkSchema),
    checkSchema,
    close: async () => {},
  };
}
