import { backfillChanges } from "./backfill.ts";
import { backlogStatus } from "./backlog-status.ts";
import { deadLetters, discardDeadLetters, requeueDeadLetters } from "./dead-letters.ts";
import { loadStrategies } from "./load-strategies.ts";
import { pauseStrategy, resumeStrategy } from "./pause.ts";
import { readmitRefused } from "./readmit-refused.ts";
import { attend, discardStranded, listStranded, moveStranded } from "./stranded-work.ts";

/** What the kit asks of the database, by its names. `schema` is a quoted identifier. */
export function ownStatements(schema: string) {
  return {
    status: backlogStatus(schema),
    deadLetters: deadLetters(schema),
    requeue: requeueDeadLetters(schema),
    discard: discardDeadLetters(schema),
    pause: pauseStrategy(schema),
    resume: resumeStrategy(schema),
    readmit: readmitRefused(schema),
    backfill: backfillChanges(schema),
    strategies: loadStrategies(schema),
    attend: attend(schema),
    listStranded: listStranded(schema),
    moveStranded: moveStranded(schema),
    discardStranded: discardStranded(schema),
  };
}
