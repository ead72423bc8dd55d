import type { HandWrittenSettings } from "../workers/hand-written.ts";
import type { LimitSettings } from "../workers/limit.ts";
import type { SynclineSettings } from "../workers/shop.ts";
import type { BenchContext } from "./bench-context.ts";

/** One way of doing the work, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly tool: "syncline" | "graphile-worker" | "hand-written" | "limit";
  /** What its process is given beside the addresses. */
  readonly settings: Own<SynclineSettings> | Own<HandWrittenSettings> | Own<LimitSettings> | PeerSettings;
}

type Own<Settings> = Omit<Settings, "databaseUrl" | "sinkUrl">;

export interface PeerSettings {
  readonly concurrency: number;
  /** 0 for none. */
  readonly localQueue: number;
}

/** How many rows of a tool's own state a run has left behind. */
export const leftOver: Readonly<Record<Contender["tool"], string>> = {
  syncline: `SELECT (SELECT count(*) FROM syncline.change) + (SELECT count(*) FROM syncline.delivery) AS rows`,
  "graphile-worker": "SELECT count(*) AS rows FROM graphile_worker._private_jobs",
  "hand-written": `SELECT (SELECT count(*) FROM own.change) + (SELECT count(*) FROM own.delivery) AS rows`,
  limit: "SELECT 0 AS rows",
};

const defaults = { engine: "undici", strategies: 1, batch: 1, concurrency: 16, notify: false } as const;

/** The file of a contender's process. */
export function fileOf({ file }: BenchContext, { tool }: Contender): string {
  return file(tool === "syncline" ? "syncline-worker" : tool);
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

export function syncline(name: string, settings: Partial<typeof defaults | SynclineSettings> = {}): Contender {
  return { name, tool: "syncline", settings: { ...defaults, ...settings } };
}

/** The peer at its best documented settings: 500 is the local queue of its own benchmark. */
export function graphileWorker(name: string, settings: Partial<PeerSettings> = {}): Contender {
  return { name, tool: "graphile-worker", settings: { concurrency: 16, localQueue: 500, ...settings } };
}
