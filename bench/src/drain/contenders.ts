import { join } from "node:path";
import { onPeerNode, type Peer } from "../peers.ts";
import type { Program } from "../processes/child.ts";
import type { HandWrittenSettings } from "../workers/hand-written.ts";
import type { LimitSettings } from "../workers/limit.ts";
import type { SynclineSettings } from "../workers/shop.ts";
import type { BenchContext } from "./bench-context.ts";

/** One way of doing the work, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly tool: "syncline" | "hand-written" | "limit" | Peer;
  /** How many do the work together; 1 by default. */
  readonly processes?: number;
  /** Runs on the Node that peers need. */
  readonly onPeerNode?: boolean;
  /** What its process is given beside the addresses. */
  readonly settings: Own<SynclineSettings> | Own<HandWrittenSettings> | Own<LimitSettings> | PeerSettings;
}

type Own<Settings> = Omit<Settings, "databaseUrl" | "sinkUrl">;

export interface PeerSettings {
  /** What posts a row. */
  readonly client: "axios" | "undici";
  readonly concurrency: number;
  /** graphile-worker: 0 for none. */
  readonly localQueue?: number;
  /** pg-boss: one query for the rows of a batch. */
  readonly set?: boolean;
  readonly batchSize?: number;
  /** pg-boss: woken by NOTIFY. */
  readonly notify?: boolean;
  /** pg-transactional-outbox. */
  readonly pollMs?: number;
}

/** How many rows of a tool's own state a run has left behind. */
export const leftOver: Readonly<Record<Contender["tool"], string>> = {
  syncline: `SELECT (SELECT count(*) FROM syncline.change) + (SELECT count(*) FROM syncline.delivery) AS rows`,
  "graphile-worker": "SELECT count(*) AS rows FROM graphile_worker._private_jobs",
  "pg-boss": "SELECT count(*) AS rows FROM pgboss.job WHERE state <> 'completed'",
  "pg-transactional-outbox": "SELECT count(*) AS rows FROM outbox.outbox WHERE processed_at IS NULL",
  "hand-written": `SELECT (SELECT count(*) FROM own.change) + (SELECT count(*) FROM own.delivery) AS rows`,
  limit: "SELECT 0 AS rows",
};

const defaults = { engine: "undici", strategies: 1, batch: 1, concurrency: 16, notify: false } as const;

export function programOf({ program }: BenchContext, { tool, onPeerNode: newer }: Contender): Program {
  return { ...program(tool === "syncline" ? "syncline-worker" : tool), ...(newer === true ? onPeerNode() : {}) };
}

export function syncline(name: string, settings: Partial<SynclineSettings> = {}): Contender {
  return { name, tool: "syncline", settings: { ...defaults, ...settings } };
}

/** Where the schema files of the sink's other protocols are. */
const schemaFolder = join(import.meta.dirname, "..", "sink");

export function overGrpc(name: string, settings: Partial<SynclineSettings>, { grpcPort }: BenchContext): Contender {
  return syncline(name, { transport: "grpc", ...settings, grpcPort, schemaFolder });
}

export function overSoap(name: string, settings: Partial<SynclineSettings>): Contender {
  return syncline(name, { transport: "soap", ...settings, schemaFolder });
}

export function handWritten(
  name: string,
  settings: { readonly batch: number; readonly concurrency: number },
): Contender {
  return { name, tool: "hand-written", settings };
}

/** Calls alone, as many and as long as the others', with nothing before and after them. */
export function callsAlone(
  name: string,
  kind: "sockets" | "undici",
  {
    rows,
    batch = 1,
    concurrency = 16,
  }: { readonly rows: number; readonly batch?: number; readonly concurrency?: number },
): Contender {
  return { name, tool: "limit", settings: { kind, rows, batch, concurrency } };
}

/** At its best documented settings: 500 is the local queue of its own benchmark. */
export function graphileWorker(name: string, settings: Partial<PeerSettings> = {}): Contender {
  return {
    name,
    tool: "graphile-worker",
    settings: { client: "axios", concurrency: 16, localQueue: 500, ...settings },
  };
}

/** 500 jobs a fetch was its fastest here. */
export function pgBoss(name: string, settings: Partial<PeerSettings> = {}): Contender {
  return { name, tool: "pg-boss", settings: { client: "axios", concurrency: 16, batchSize: 500, ...settings } };
}

/** Each poll sorts the whole table: 100 messages in work and a short pause were its fastest here. */
export function pgTransactionalOutbox(name: string, settings: Partial<PeerSettings> = {}): Contender {
  const own = { client: "axios", concurrency: 16, batchSize: 100, pollMs: 10 } as const;
  return { name, tool: "pg-transactional-outbox", settings: { ...own, ...settings } };
}
