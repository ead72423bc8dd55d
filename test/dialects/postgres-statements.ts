import { claimDue } from "../../packages/adapters/postgres/src/sql/claim-due.ts";
import { keepRefused } from "../../packages/adapters/postgres/src/sql/keep-refused.ts";
import { recordMany } from "../../packages/adapters/postgres/src/sql/record-changes.ts";
import { ownStatements } from "../../packages/adapters/postgres/src/sql/registry.ts";
import { renewLeases } from "../../packages/adapters/postgres/src/sql/renew-leases.ts";
import { settleMixed } from "../../packages/adapters/postgres/src/sql/settle-mixed.ts";
import { takeChanges } from "../../packages/adapters/postgres/src/sql/take-changes.ts";
import { takeFromFlood } from "../../packages/adapters/postgres/src/sql/take-from-flood.ts";
import { upsertDeliveries } from "../../packages/adapters/postgres/src/sql/upsert-deliveries.ts";

/** The adapter's statements by what they are for; `schema` is quoted. */
export function postgresStatements(schema: string): { readonly [role: string]: string } {
  const own = ownStatements(schema);
  return {
    record: recordMany(schema),
    take: takeChanges(schema),
    "take from a flood": takeFromFlood(schema),
    refuse: keepRefused(schema),
    upsert: upsertDeliveries(schema),
    claim: claimDue(schema),
    renew: renewLeases(schema),
    settle: settleMixed(schema),
    strategies: own.strategies.text,
    status: own.status.text,
    "dead letters": own.deadLetters.text,
    requeue: own.requeue.text,
    discard: own.discard.text,
    pause: own.pause.text,
    resume: own.resume.text,
    readmit: own.readmit.text,
    attend: own.attend.text,
    stranded: own.listStranded.text,
    "move stranded": own.moveStranded.text,
    "discard stranded": own.discardStranded.text,
    backfill: own.backfill.text,
  };
}
