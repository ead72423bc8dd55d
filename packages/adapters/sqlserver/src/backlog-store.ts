import { backlogStatusOf, countOf } from "@syncline/core/adapter-kit";
import type { BacklogStore } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections } from "./connections.ts";
import { deadLetterStore } from "./dead-letters.ts";
import type { WordsShown } from "./errors.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";

/** `schema` is a quoted identifier. */
export function createBacklogStore(connections: Connections, schema: string, shown: WordsShown): BacklogStore {
  const status = backlogStatus(schema);
  const pause = pauseStrategy(schema);
  const resume = resumeStrategy(schema);
  const readmit = readmitRefused(schema);
  return {
    ...deadLetterStore(connections, schema),
    backfill: backfillWith(connections, schema, shown),
    status: async (signal) => backlogStatusOf(await connections.run(status, {}, signal)),
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
