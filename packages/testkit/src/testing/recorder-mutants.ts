import { type Change, type RecordedChange, SynclineError } from "@syncline/core/spi";
import { writerOf } from "../memory/transaction.ts";
import type { Breakage } from "./memory-fixture.ts";
import { afterRouting, type Mutant } from "./mutant.ts";

/** Records other changes than it was given. */
function recording(alter: (changes: readonly Change[]) => readonly Change[]): Breakage {
  return (adapter) => ({
    ...adapter,
    recorder: { record: (tx, changes) => adapter.recorder.record(tx, alter(changes)) },
  });
}

export const recorderMutants: readonly Mutant[] = [
  {
    name: "records outside of the caller's transaction",
    caughtBy: "a recorded change is gone if the caller's transaction rolls back",
    breakage: (adapter, store) => ({
      ...adapter,
      recorder: {
        record: async (_tx, changes) => {
          for (const { category, key, operation } of changes) {
            store.lastChangeId += 1n;
            const id = String(store.lastChangeId);
            const change: RecordedChange = {
              id,
              category,
              condition: key,
              operation,
              strategy: null,
              recordedAt: store.now(),
            };
            store.changes.set(store.lastChangeId, change);
          }
        },
      },
    }),
  },
  {
    name: "passes 64-bit keys through a double",
    caughtBy: "a condition of every key type comes back exactly, alone and among many",
    breakage: (adapter) => ({
      ...adapter,
      recorder: {
        record: (tx, changes) =>
          adapter.recorder.record(
            tx,
            changes.map((change) => ({
              ...change,
              key: change.key.replace(/"big":"(-?\d+)"/, (_, digits) => `"big":"${BigInt(Number(digits))}"`),
            })),
          ),
      },
    }),
  },
  {
    name: "compares keys without case",
    caughtBy: "keys that differ in case, accents, blanks or width alone are different keys",
    breakage: afterRouting((delivery) => ({ ...delivery, key: delivery.key.toLowerCase() })),
  },
  {
    name: "records on anything",
    caughtBy: "what cannot be a transaction is refused",
    breakage: (adapter) => ({
      ...adapter,
      recorder: {
        record: async (tx, changes) => {
          if (writerOf(tx) !== undefined) await adapter.recorder.record(tx, changes);
        },
      },
    }),
  },
  {
    name: "records a delete as an upsert",
    caughtBy: "a recorded change is there once the caller's transaction has committed",
    breakage: recording((changes) => changes.map((change) => ({ ...change, operation: "upsert" }))),
  },
  {
    name: "records one trace context for all changes",
    caughtBy: "many changes keep their own trace contexts",
    breakage: recording((changes) => {
      const traceparent = changes.find((change) => change.traceparent !== undefined)?.traceparent;
      return changes.map((change) => (traceparent === undefined ? change : { ...change, traceparent }));
    }),
  },
  {
    name: "commits the caller's transaction",
    caughtBy: "recording leaves the caller's transaction open, and may be done several times in it",
    breakage: (adapter) => ({
      ...adapter,
      recorder: {
        record: async (tx, changes) => {
          await adapter.recorder.record(tx, changes);
          tx.commit();
        },
      },
    }),
  },
  {
    name: "records only once in a transaction",
    caughtBy: "recording leaves the caller's transaction open, and may be done several times in it",
    breakage: (adapter) => {
      const seen = new WeakSet<object>();
      const record: typeof adapter.recorder.record = async (tx, changes) => {
        if (!seen.has(tx)) await adapter.recorder.record(tx, changes);
        seen.add(tx);
      };
      return { ...adapter, recorder: { record } };
    },
  },
  {
    name: "records no more changes than a statement takes parameters",
    caughtBy: "two thousand changes recorded at once are all there, in their order",
    breakage: recording((changes) => changes.slice(0, 1_000)),
  },
  {
    name: "records many changes in the order of their keys",
    caughtBy: "two thousand changes recorded at once are all there, in their order",
    breakage: recording((changes) => [...changes].sort((one, other) => (one.key < other.key ? -1 : 1))),
  },
  {
    name: "cuts keys at 400 bytes",
    caughtBy: "a condition of 400 characters is recorded, delivered and claimed whole",
    breakage: recording((changes) =>
      changes.map((change) => ({ ...change, key: Buffer.from(change.key).subarray(0, 400).toString("utf8") })),
    ),
  },
  {
    name: "records on the session's connection",
    caughtBy: "the recorder works without a session, on the caller's connection alone",
    breakage: (adapter) => {
      let open = 0;
      return {
        ...adapter,
        recorder: {
          record: async (tx, changes) => {
            if (open === 0) throw new SynclineError("database.unavailable", "The session was closed.");
            await adapter.recorder.record(tx, changes);
          },
        },
        open: (context) => {
          const session = adapter.open(context);
          open += 1;
          const close = () => {
            open -= 1;
            return session.close();
          };
          return { ...session, close };
        },
      };
    },
  },
];
