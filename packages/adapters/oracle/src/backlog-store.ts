import { type AnswerRow, backlogStatusOf } from "@syncline/core/adapter-kit";
import type { BacklogStore } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections, TextRow } from "./connections.ts";
import { deadLetterStore } from "./dead-letters.ts";
import type { WordsShown } from "./errors.ts";
import { chunksOf } from "./positions.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import type { Place } from "./sql/names.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";

export function createBacklogStore(connections: Connections, place: Place, shown: WordsShown): BacklogStore {
  const status = backlogStatus(place);
  const pause = pauseStrategy(place);
  const resume = resumeStrategy(place);
  const readmit = readmitRefused(place);
  return {
    ...deadLetterStore(connections, place),
    backfill: backfillWith(connections, place, shown),
    status: async (signal) => backlogStatusOf((await connections.run(status, {}, signal)).rows.map(withAges)),
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

/** Ages are worked out here: between two time stamps Oracle gives an interval, which no number is made of in a few words. */
function withAges(row: TextRow): AnswerRow {
  const [now, changes, oldestChange, refused, ...lane] = row;
  const [oldest, paused] = lane.slice(-2);
  return [changes, age(now, oldestChange), refused, ...lane.slice(0, -2), age(now, oldest), paused];
}

/** Both by the database's clock. */
function age(now: string | null | undefined, oldest: string | null | undefined): number {
  if (typeof now !== "string" || typeof oldest !== "string") return 0;
  return Math.max(0, Date.parse(now) - Date.parse(oldest));
}
