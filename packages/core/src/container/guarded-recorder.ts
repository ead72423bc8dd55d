import type { ChangeRecorder } from "../contracts/change-recorder.ts";
import type { KeyRedaction } from "../engine/guard/key-redaction.ts";
import type { Observers } from "../engine/observers.ts";
import type { Dictionary } from "../model/category.ts";
import type { Change } from "../model/change.ts";
import { checkChanges } from "../model/check-changes.ts";
import { isSynclineError, SynclineError } from "../model/errors.ts";
import { traceparentOf } from "../model/traceparent.ts";

/** Checks what the application passes, so that an adapter gets clean arguments. */
export function guardRecorder<Tx>(
  recorder: ChangeRecorder<Tx>,
  dictionary: Dictionary,
  observers: Observers,
  redaction?: KeyRedaction,
): ChangeRecorder<Tx> {
  return {
    async record(tx: Tx, changes: readonly Change[]): Promise<void> {
      try {
        checkChanges(dictionary, changes);
      } catch (error) {
        throw redaction === undefined ? error : withoutKeys(error, changes, redaction);
      }
      if (changes.length === 0) return;
      const watched = observers.begin("recording", { changes });
      const traced = withTraces(changes, watched?.headers?.traceparent);
      if (watched === undefined) return await recorder.record(tx, traced);
      try {
        await watched.around(() => recorder.record(tx, traced));
        watched.ended({ error: undefined });
      } catch (error) {
        watched.ended({ error });
        throw error;
      }
    },
  };
}

/**
 * With the caller's trace context, or the observers', where either is well-formed. Nearly always
 * there is none: then these are the same changes.
 */
function withTraces(changes: readonly Change[], observed: string | undefined): readonly Change[] {
  const common = traceparentOf(observed);
  if (common === null && changes.every(({ traceparent }) => traceparent === undefined)) return changes;
  return changes.map((change) => ({ ...change, traceparent: traceparentOf(change.traceparent) ?? common }));
}

/** What is wrong with a value may be said with the value. */
function withoutKeys(error: unknown, changes: readonly Change[], redaction: KeyRedaction): unknown {
  if (!isSynclineError(error)) return error;
  const texts = changes.map((change) => JSON.stringify(change?.condition ?? null, textOfBigint));
  const problems = error.problems.map(({ at, message }) => ({ at, message: redaction.words(message, texts) }));
  return new SynclineError(error.code, error.message.split("\n", 1)[0] ?? "", { problems });
}

function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
