import type { BacklogStatus, BacklogStore, StrategyBacklog } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections, Row } from "./connections.ts";
import { countOf, deadLetterStore } from "./dead-letters.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";

/** `schema` is a quoted identifier. */
export function createBacklogStore(connections: Connections, schema: string): BacklogStore {
  const status = backlogStatus(schema);
  const pause = pauseStrategy(schema);
  const resume = resumeStrategy(schema);
  const readmit = readmitRefused(schema);
  return {
    ...deadLetterStore(connections, schema),
    backfill: backfillWith(connections, schema),
    status: async (signal) => statusOf(await connections.run(status, {}, signal)),
    pause: async (strategy, signal) => {
      await connections.run(pause, { strategy }, signal);
    },
    resume: async (strategy, signal) => {
      await connections.run(resume, { strategy }, signal);
    },
    readmit: async (categories, signal) =>
      countOf(await connections.run(readmit, { categories: JSON.stringify(categories) }, signal)),
  };
}

function statusOf(rows: readonly Row[]): BacklogStatus {
  const [changes, oldestChangeAgeMs, refused] = rows[0] ?? [];
  return {
    changes: Number(changes ?? 0),
    oldestChangeAgeMs: Number(oldestChangeAgeMs ?? 0),
    refused: Number(refused ?? 0),
    strategies: rows.flatMap((row) => (row[3] === null || row[3] === undefined ? [] : [strategyOf(row)])),
  };
}

function strategyOf(row: Row): StrategyBacklog {
  const [, , , strategy, due, blocked, waiting, leased, dead, held, oldestAgeMs, paused] = row;
  return {
    strategy: String(strategy),
    due: Number(due),
    blocked: Number(blocked),
    waiting: Number(waiting),
    leased: Number(leased),
    dead: Number(dead),
    held: Number(held),
    oldestAgeMs: Number(oldestAgeMs),
    paused: Number(paused) === 1,
  };
}
