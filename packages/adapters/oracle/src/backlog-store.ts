import type { BacklogStatus, BacklogStore, StrategyBacklog } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections, TextRow } from "./connections.ts";
import { deadLetterStore } from "./dead-letters.ts";
import { chunksOf } from "./positions.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import type { Place } from "./sql/names.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";

export function createBacklogStore(connections: Connections, place: Place): BacklogStore {
  const status = backlogStatus(place);
  const pause = pauseStrategy(place);
  const resume = resumeStrategy(place);
  const readmit = readmitRefused(place);
  return {
    ...deadLetterStore(connections, place),
    backfill: backfillWith(connections, place),
    status: async (signal) => statusOf((await connections.run(status, {}, signal)).rows),
    pause: async (strategy, signal) => {
      await connections.run(pause, { strategy }, signal);
    },
    resume: async (strategy, signal) => {
      await connections.run(resume, { strategy }, signal);
    },
    readmit: async (categories, signal) => {
      let readmitted = 0;
      for (const { items } of chunksOf(categories))
        readmitted += Number((await connections.run(readmit, { categories: items }, signal)).out.readmitted);
      return readmitted;
    },
  };
}

function statusOf(rows: readonly TextRow[]): BacklogStatus {
  const [now, changes, oldestChange, refused] = rows[0] ?? [];
  return {
    changes: Number(changes ?? 0),
    oldestChangeAgeMs: age(now, oldestChange),
    refused: Number(refused ?? 0),
    strategies: rows.flatMap((row) => (row[4] === null || row[4] === undefined ? [] : [strategyOf(row)])),
  };
}

function strategyOf(row: TextRow): StrategyBacklog {
  const [now, , , , strategy, due, blocked, waiting, leased, dead, held, oldest, paused] = row;
  return {
    strategy: String(strategy),
    due: Number(due),
    blocked: Number(blocked),
    waiting: Number(waiting),
    leased: Number(leased),
    dead: Number(dead),
    held: Number(held),
    oldestAgeMs: age(now, oldest),
    paused: Number(paused) > 0,
  };
}

/** Both by the database's clock. */
function age(now: string | null | undefined, oldest: string | null | undefined): number {
  if (typeof now !== "string" || typeof oldest !== "string") return 0;
  return Math.max(0, Date.parse(now) - Date.parse(oldest));
}
