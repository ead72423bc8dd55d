import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { Observers } from "../engine/observers.ts";
import type { Dictionary } from "../model/category.ts";
import type { Change } from "../model/change.ts";
import { checkChanges } from "../model/check-changes.ts";

/** Checks what the application passes, so that an adapter gets clean arguments. */
export function guardRecorder<Tx>(
  recorder: ChangeRecorder<Tx>,
  dictionary: Dictionary,
  observers: Observers,
): ChangeRecorder<Tx> {
  return {
    async record(tx: Tx, changes: readonly Change[]): Promise<void> {
      checkChanges(dictionary, changes);
      if (changes.length === 0) return;
      const watched = observers.begin("recording", { changes });
      if (watched === undefined) return await recorder.record(tx, changes);
      try {
        await watched.around(() => recorder.record(tx, changes));
        watched.ended({ error: undefined });
      } catch (error) {
        watched.ended({ error });
        throw error;
      }
    },
  };
}
