import { backlogStatusOf, countOf } from "@syncline/core/adapter-kit";
import { type BacklogStore, isSynclineError } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections } from "./connections.ts";
import { deadLetterStore } from "./dead-letters.ts";
import { numberOf, type WordsShown } from "./errors.ts";
import { backlogStatus, lockedBacklogStatus } from "./sql/backlog-status.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";

/** The database allows no snapshot isolation. */
const noSnapshots = 3952;

/** `schema` is a quoted identifier. */
export function createBacklogStore(connections: Connections, schema: string, shown: WordsShown): BacklogStore {
  const status = { inSnapshot: backlogStatus(schema), underLock: lockedBacklogStatus(schema) };
  const pause = pauseStrategy(schema);
  const resume = resumeStrategy(schema);
  const readmit = readmitRefused(schema);
  return {
    ...deadLetterStore(connections, schema),
    backfill: backfillWith(connections, schema, shown),
    status: async (signal) => {
      try {
        return backlogStatusOf(await connections.run(status.inSnapshot, {}, signal));
      } catch (error) {
        if (!isSynclineError(error) || numberOf(error.cause) !== noSnapshots) throw error;
        return backlogStatusOf(await connections.run(status.underLock, {}, signal));
      }
    },
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
