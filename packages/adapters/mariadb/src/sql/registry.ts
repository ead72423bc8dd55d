import { auditStatements } from "./audit.ts";
import { backlogStatus } from "./backlog-status.ts";
import {
  deleteAccepted,
  extendLeases,
  leaseLocked,
  lockDue,
  lockLeased,
  lockWaiting,
  makeDue,
  putBack,
  startAfresh,
} from "./claim-due.ts";
import { deadCauses, deadLetters, discardLocked, lockGiven, requeueLocked } from "./dead-letters.ts";
import { definitionStatements } from "./definitions.ts";
import { foundChanges, foundDeliveries, foundRefused } from "./find-key.ts";
import {
  backfillChanges,
  deleteRefused,
  loadStrategies,
  lockRefused,
  pauseStrategy,
  recordRefused,
  resumeStrategy,
} from "./small.ts";
import { attend, listStranded, lockStranded, recordStranded } from "./stranded-work.ts";
import { strategyHistory } from "./strategy-history.ts";
import {
  changeRange,
  deleteChanges,
  floodChanges,
  lockDispatcher,
  oldestChanges,
  otherChanges,
} from "./take-changes.ts";
import {
  deleteMerged,
  drawRevisions,
  findBehind,
  findDeliveries,
  foldIntoDead,
  foldIntoLiving,
  insertDeliveries,
  keepRefused,
  lockDeliveries,
  pausedAmong,
} from "./upsert-deliveries.ts";

/** All statements of ours. `schema` is a quoted identifier. */
export function ownStatements(schema: string) {
  return {
    changeRange: changeRange(schema),
    lockDispatcher: lockDispatcher(schema),
    oldestChanges: oldestChanges(schema),
    otherChanges: otherChanges(schema),
    floodChanges: floodChanges(schema),
    deleteChanges: deleteChanges(schema),
    keepRefused: keepRefused(schema),
    drawRevisions: drawRevisions(schema),
    pausedAmong: pausedAmong(schema),
    findDeliveries: findDeliveries(schema),
    findBehind: findBehind(schema),
    lockDeliveries: lockDeliveries(schema),
    deleteMerged: deleteMerged(schema),
    foldIntoLiving: foldIntoLiving(schema),
    foldIntoDead: foldIntoDead(schema),
    insertDeliveries: insertDeliveries(schema),
    lockDue: lockDue(schema),
    leaseLocked: leaseLocked(schema),
    lockLeased: lockLeased(schema),
    extendLeases: extendLeases(schema),
    deleteAccepted: deleteAccepted(schema),
    startAfresh: startAfresh(schema),
    lockWaiting: lockWaiting(schema),
    makeDue: makeDue(schema),
    putBack: putBack(schema),
    status: backlogStatus(schema),
    deadLetters: deadLetters(schema),
    find: { changes: foundChanges(schema), refused: foundRefused(schema), deliveries: foundDeliveries(schema) },
    causes: deadCauses(schema),
    lockGiven: lockGiven(schema),
    requeueLocked: requeueLocked(schema),
    discardLocked: discardLocked(schema),
    pause: pauseStrategy(schema),
    resume: resumeStrategy(schema),
    lockRefused: lockRefused(schema),
    recordRefused: recordRefused(schema),
    deleteRefused: deleteRefused(schema),
    backfill: backfillChanges(schema),
    strategies: loadStrategies(schema),
    strategyHistory: strategyHistory(schema),
    audit: auditStatements(schema),
    ...definitionStatements(schema),
    attend: attend(schema),
    listStranded: listStranded(schema),
    lockStranded: lockStranded(schema),
    recordStranded: recordStranded(schema),
  };
}

export type OwnStatements = ReturnType<typeof ownStatements>;
