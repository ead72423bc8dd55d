import { backlogMutants } from "./backlog-mutants.ts";
import { composedReadMutants } from "./composed-read-mutants.ts";
import { connectionLossMutants } from "./connection-loss-mutants.ts";
import { deliveryMutants } from "./delivery-mutants.ts";
import { dispatchMutants } from "./dispatch-mutants.ts";
import { claimMutants } from "./lease-and-settle-mutants.ts";
import { lifecycleMutants } from "./lifecycle-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { otherMutants } from "./operator-and-read-mutants.ts";
import { changeMutants } from "./record-and-dispatch-mutants.ts";
import { recorderMutants } from "./recorder-mutants.ts";
import { wakeUpMutants } from "./wake-up-mutants.ts";

export const databaseMutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...wakeUpMutants,
  ...recorderMutants,
  ...changeMutants,
  ...dispatchMutants,
  ...claimMutants,
  ...deliveryMutants,
  ...otherMutants,
  ...backlogMutants,
  ...composedReadMutants,
  ...connectionLossMutants,
];

/** Checks that no database in memory can be broken for, and why. */
export const checksWithoutMutant: { readonly [check: string]: string } = {
  "joins, aggregates and sub-selects work for many keys at once":
    "the memory database speaks no SQL; the Postgres adapter's mutants are caught by it",
};
