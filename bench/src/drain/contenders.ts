import type { SynclineSettings } from "../workers/shop.ts";

/** One way of doing the work, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly tool: "syncline" | "graphile-worker";
  /** What its process is given beside the addresses. */
  readonly settings: Omit<SynclineSettings, "databaseUrl" | "sinkUrl"> | PeerSettings;
}

export interface PeerSettings {
  readonly concurrency: number;
  /** 0 for none. */
  readonly localQueue: number;
}

/** How many rows of a tool's own state a run has left behind. */
export const leftOver: Readonly<Record<Contender["tool"], string>> = {
  syncline: `SELECT (SELECT count(*) FROM syncline.change) + (SELECT count(*) FROM syncline.delivery) AS rows`,
  "graphile-worker": "SELECT count(*) AS rows FROM graphile_worker._private_jobs",
};

const defaults = { engine: "undici", strategies: 1, batch: 1, concurrency: 16, notify: false } as const;

export function syncline(name: string, settings: Partial<typeof defaults | SynclineSettings> = {}): Contender {
  return { name, tool: "syncline", settings: { ...defaults, ...settings } };
}

/** The peer at its best documented settings: 500 is the local queue of its own benchmark. */
export function graphileWorker(name: string, settings: Partial<PeerSettings> = {}): Contender {
  return { name, tool: "graphile-worker", settings: { concurrency: 16, localQueue: 500, ...settings } };
}
