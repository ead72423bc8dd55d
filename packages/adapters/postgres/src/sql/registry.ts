import { keepOperation, listOperations } from "./audit.ts";
import { backfillChanges } from "./backfill.ts";
import { backfillStatements } from "./backfills.ts";
import { backlogStatus } from "./backlog-status.ts";
import { claimDue } from "./claim-due.ts";
import { deadCauses, deadLetters, discardDeadLetters, requeueDeadLetters } from "./dead-letters.ts";
import { definitionStatements } from "./definitions.ts";
import { findChanges, findDeliveries, findRefused } from "./find-key.ts";
import { hastenWaiting } from "./hasten.ts";
import { keepRefused } from "./keep-refused.ts";
import { loadStrategies } from "./load-strategies.ts";
import { pauseStrategy, resumeStrategy } from "./pause.ts";
import { readmitRefused } from "./readmit-refused.ts";
import { renewLeases } from "./renew-leases.ts";
import { settleAccepted } from "./settle-accepted.ts";
import { settleMixed } from "./settle-mixed.ts";
import { attend, discardStranded, listStranded, moveStranded } from "./stranded-work.ts";
import { strategyHistory } from "./strategy-history.ts";
import { takeChanges } from "./take-changes.ts";
import { takeFromFlood } from "./take-from-flood.ts";
import { upsertDeliveries } from "./upsert-deliveries.ts";

/** What the kit asks of the database, by its names. `schema` is a quoted identifier. */
export function ownStatements(schema: string) {
  return {
    take: takeChanges(schema),
    takeFromFlood: takeFromFlood(schema),
    keepRefused: keepRefused(schema),
    upsert: upsertDeliveries(schema),
    claim: claimDue(schema),
    renew: renewLeases(schema),
    settleAccepted: settleAccepted(schema),
    settleAll: settleMixed(schema),
    hasten: hastenWaiting(schema),
    status: backlogStatus(schema),
    deadLetters: deadLetters(schema),
    causes: deadCauses(schema),
    audit: { keep: keepOperation(schema), list: listOperations(schema) },
    find: { changes: findChanges(schema), refused: findRefused(schema), deliveries: findDeliveries(schema) },
    requeue: requeueDeadLetters(schema),
    discard: discardDeadLetters(schema),
    pause: pauseStrategy(schema),
    resume: resumeStrategy(schema),
    readmit: readmitRefused(schema),
    backfill: backfillChanges(schema),
    backfills: backfillStatements(schema),
    strategies: loadStrategies(schema),
    editing: definitionStatements(schema),
    strategyHistory: strategyHistory(schema),
    attend: attend(schema),
    listStranded: listStranded(schema),
    moveStranded: moveStranded(schema),
    discardStranded: discardStranded(schema),
  };
}

export type OwnStatements = ReturnType<typeof ownStatements>;
