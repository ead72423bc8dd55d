import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { Dictionary } from "../model/category.ts";
import type { Change } from "../model/change.ts";
import { checkChanges } from "../model/check-changes.ts";

/** Checks what the application passes, so that an adapter gets clean arguments. */
export function guardRecorder<Tx>(recorder: ChangeRecorder<Tx>, dictionary: Dictionary): ChangeRecorder<Tx> {
  return {
    async record(tx: Tx, changes: readonly Change[]): Promise<void> {
      checkChanges(dictionary, changes);
      if (changes.length > 0) await recorder.record(tx, changes);
    },
  };
}
