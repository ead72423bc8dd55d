import { attestedReadMutants } from "./attested-read-mutants.ts";
import { auditMutants } from "./audit-mutants.ts";
import { backfillMutants } from "./backfill-mutants.ts";
import { backlogMutants } from "./backlog-mutants.ts";
import { captureMutants } from "./capture-mutants.ts";
import { changedModeMutants } from "./changed-mode-mutants.ts";
import { claimMutants } from "./claim-mutants.ts";
import { composedReadMutants } from "./composed-read-mutants.ts";
import { connectionLossMutants } from "./connection-loss-mutants.ts";
import { deadLetterMutants } from "./dead-letter-mutants.ts";
import { definitionMutants } from "./definition-mutants.ts";
import { diagnosisMutants } from "./diagnosis-mutants.ts";
import { dispatchLeaseMutants } from "./dispatch-lease-mutants.ts";
import { dispatchMutants } from "./dispatch-mutants.ts";
import { foldMutants } from "./fold-mutants.ts";
import { lifecycleMutants } from "./lifecycle-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { readLimitMutants } from "./read-limit-mutants.ts";
import { recorderMutants } from "./recorder-mutants.ts";
import { revisionMutants } from "./revision-mutants.ts";
import { settleMutants } from "./settle-mutants.ts";
import { sourceMutants } from "./source-mutants.ts";
import { strandedWorkMutants } from "./stranded-work-mutants.ts";
import { strategyHistoryMutants } from "./strategy-history-mutants.ts";
import { wakeUpMutants } from "./wake-up-mutants.ts";

export const databaseMutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...wakeUpMutants,
  ...recorderMutants,
  ...dispatchMutants,
  ...dispatchLeaseMutants,
  ...revisionMutants,
  ...foldMutants,
  ...claimMutants,
  ...changedModeMutants,
  ...settleMutants,
  ...deadLetterMutants,
  ...backlogMutants,
  ...strandedWorkMutants,
  ...auditMutants,
  ...backfillMutants,
  ...strategyHistoryMutants,
  ...captureMutants,
  ...sourceMutants,
  ...definitionMutants,
  ...diagnosisMutants,
  ...composedReadMutants,
  ...attestedReadMutants,
  ...readLimitMutants,
  ...connectionLossMutants,
];

/** Checks that no database in memory can be broken for, and why. */
export const checksWithoutMutant: { readonly [check: string]: string } = {
  "joins, aggregates and sub-selects work for many keys at once":
    "the memory database speaks no SQL; the Postgres adapter's mutants are caught by it",
  "the rows of a key have the order that the template asks for":
    "the memory database speaks no SQL; an adapter that wraps a template in another SELECT is caught by it on MariaDB",
  "where plans are told, each statement has one, and nothing of it runs": "the memory database plans nothing",
};
