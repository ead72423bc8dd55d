import type {
  AuditEntry,
  CaptureTarget,
  RecordedChange,
  RefusedChange,
  StrategyDefinition,
  StrategyVersion,
  WireValue,
} from "@syncline/core/spi";
import type { StoredBackfill } from "./backfill-row.ts";
import type { StoredDelivery } from "./delivery-row.ts";

/** A business table. */
export interface MemoryTable {
  readonly columns: readonly string[];
  readonly rows: Map<WireValue, { readonly [column: string]: WireValue }>;
  /** How long a read of it takes. */
  readonly delayMs: number;
}

/** A category as it was put: it may be anything. */
export type StoredDefinition = { readonly name: string; readonly [option: string]: unknown };

/** What would be on disk. */
export interface MemoryStore {
  migrated: boolean;
  lastChangeId: bigint;
  /** The last one drawn. */
  lastRevision: bigint;
  /** By id, committed ones only. */
  readonly changes: Map<bigint, RecordedChange>;
  readonly refused: Map<bigint, RefusedChange>;
  /** By {@link placeOf}: never two deliveries of one key at once. */
  readonly deliveries: Map<string, StoredDelivery>;
  readonly paused: Set<string>;
  /** What operators did, oldest first. */
  readonly operations: AuditEntry[];
  /** By id, oldest first. */
  readonly backfills: Map<string, StoredBackfill>;
  /** What workers say of themselves, by their ids, and until when it holds. */
  readonly workers: Map<string, { readonly strategies: readonly string[]; readonly until: number }>;
  readonly strategies: Map<string, StrategyDefinition>;
  readonly categories: Map<string, StoredDefinition>;
  /** Those that are switched off. */
  readonly disabled: Set<string>;
  strategiesRevision: number;
  /** Of all strategies, oldest first. */
  readonly strategyVersions: StrategyVersion[];
  readonly tables: Map<string, MemoryTable>;
  /** Whose changes are recorded, by table and category. */
  readonly captured: Map<string, CaptureTarget>;
  /** Epoch milliseconds of the store's own clock, which no `Date` of a worker moves. */
  now(): number;
  /** Where revisions begin: epoch microseconds, so that a store made later draws higher ones. */
  revisionClock(): bigint;
}

export function createMemoryStore(): MemoryStore {
  const now = () => performance.timeOrigin + performance.now();
  return {
    migrated: false,
    lastChangeId: 0n,
    lastRevision: 0n,
    changes: new Map(),
    refused: new Map(),
    deliveries: new Map(),
    paused: new Set(),
    operations: [],
    backfills: new Map(),
    workers: new Map(),
    strategies: new Map(),
    categories: new Map(),
    disabled: new Set(),
    strategiesRevision: 0,
    strategyVersions: [],
    tables: new Map(),
    captured: new Map(),
    now,
    revisionClock: () => BigInt(Math.floor(now() * 1_000)),
  };
}

/** What is unique of a delivery. */
export function placeOf(delivery: {
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: bigint | string;
}): string {
  return JSON.stringify([delivery.strategy, delivery.key, String(delivery.ordinal)]);
}

export function deliveryById(store: MemoryStore, id: string): StoredDelivery | undefined {
  return [...store.deliveries.values()].find((delivery) => String(delivery.id) === id);
}

/** By id, oldest first. */
export function sortedById<Row>(rows: ReadonlyMap<bigint, Row>): readonly (readonly [bigint, Row])[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1));
}
