import { recordMany } from "../../packages/adapters/postgres/src/sql/record-changes.ts";
import { ownStatements } from "../../packages/adapters/postgres/src/sql/registry.ts";

/** The adapter's statements by what they are for; `schema` is quoted. */
export function postgresStatements(schema: string): { readonly [role: string]: string } {
  const own = ownStatements(schema);
  return {
    record: recordMany(schema),
    take: own.take.text,
    "take from a flood": own.takeFromFlood.text,
    refuse: own.keepRefused.text,
    upsert: own.upsert.text,
    claim: own.claim.text,
    renew: own.renew.text,
    hasten: own.hasten.text,
    settle: own.settleAll.text,
    strategies: own.strategies.text,
    status: own.status.text,
    "dead letters": own.deadLetters.text,
    "causes of death": own.causes.text,
    "keep an operation": own.audit.keep.text,
    "list operations": own.audit.list.text,
    "versions of a strategy": own.strategyHistory.text,
    "find changes": own.find.changes.text,
    "find refused": own.find.refused.text,
    "find deliveries": own.find.deliveries.text,
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
    "begin a kept backfill": own.backfills.begin.text,
    "list kept backfills": own.backfills.list.text,
    "lease a kept backfill": own.backfills.take.text,
    "renew its lease": own.backfills.renew.text,
    "keep where it stands": own.backfills.step.text,
    "pause, cancel or fail it": own.backfills.end.text,
    "what waits of its strategy": own.backfills.waiting.text,
  };
}
