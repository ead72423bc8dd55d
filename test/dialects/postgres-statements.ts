import { backfillChanges } from "../../packages/adapters/postgres/src/sql/backfill.ts";
import { backlogStatus } from "../../packages/adapters/postgres/src/sql/backlog-status.ts";
import { claimDue } from "../../packages/adapters/postgres/src/sql/claim-due.ts";
import {
  deadLetters,
  discardDeadLetters,
  requeueDeadLetters,
} from "../../packages/adapters/postgres/src/sql/dead-letters.ts";
import { keepRefused } from "../../packages/adapters/postgres/src/sql/keep-refused.ts";
import { loadStrategies } from "../../packages/adapters/postgres/src/sql/load-strategies.ts";
import { pauseStrategy, resumeStrategy } from "../../packages/adapters/postgres/src/sql/pause.ts";
import { readmitRefused } from "../../packages/adapters/postgres/src/sql/readmit-refused.ts";
import { recordMany } from "../../packages/adapters/postgres/src/sql/record-changes.ts";
import { renewLeases } from "../../packages/adapters/postgres/src/sql/renew-leases.ts";
import { settleMixed } from "../../packages/adapters/postgres/src/sql/settle-mixed.ts";
import {
  attend,
  discardStranded,
  listStranded,
  moveStranded,
} from "../../packages/adapters/postgres/src/sql/stranded-work.ts";
import { takeChanges } from "../../packages/adapters/postgres/src/sql/take-changes.ts";
import { takeFromFlood } from "../../packages/adapters/postgres/src/sql/take-from-flood.ts";
import { upsertDeliveries } from "../../packages/adapters/postgres/src/sql/upsert-deliveries.ts";

/** The adapter's statements by what they are for; `schema` is quoted. */
export function postgresStatements(schema: string): { readonly [role: string]: string } {
  return {
    record: recordMany(schema),
    take: takeChanges(schema),
    "take from a flood": takeFromFlood(schema),
    refuse: keepRefused(schema),
    upsert: upsertDeliveries(schema),
    claim: claimDue(schema),
    renew: renewLeases(schema),
    settle: settleMixed(schema),
    strategies: loadStrategies(schema),
    status: backlogStatus(schema),
    "dead letters": deadLetters(schema),
    requeue: requeueDeadLetters(schema),
    discard: discardDeadLetters(schema),
    pause: pauseStrategy(schema),
    resume: resumeStrategy(schema),
    readmit: readmitRefused(schema),
    attend: attend(schema),
    stranded: listStranded(schema),
    "move stranded": moveStranded(schema),
    "discard stranded": discardStranded(schema),
    backfill: backfillChanges(schema),
  };
}
