import { backlogStatusOf, countOf } from "@syncline/core/adapter-kit";
import type { BacklogStore } from "@syncline/core/spi";
import { backfillWith } from "./backfill.ts";
import type { Connections } from "./connections.ts";
import { deadLetterStore } from "./dead-letters.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";
import type { RowSecurity } from "./sql/row-security.ts";
import { ownStatement } from "./sql/statement.ts";

/** `schema` is a quoted identifier. */
export function createBacklogStore(
  connections: Connections,
  schema: string,
  rowSecurity: RowSecurity = "refuse",
): BacklogStore {
  const status = ownStatement("status", backlogStatus(schema));
  const pause = ownStatement("pause", pauseStrategy(schema));
  const resume = ownStatement("resume", resumeStrategy(schema));
  const readmit = ownStatement("readmit", readmitRefused(schema));
  return {
    ...deadLetterStore(connections, schema),
    backfill: backfillWith(connections, schema, rowSecurity),
    status: async (signal) => backlogStatusOf(await connections.run(status, [], signal)),
    pause: async (strategy, signal) => {
      await connections.run(pause, [strategy], signal);
    },
    resume: async (strategy, signal) => {
      await connections.run(resume, [strategy], signal);
    },
    readmit: async (categories, signal) => {
      return countOf(await connections.run(readmit, [[...categories]], signal));
    },
  };
}
