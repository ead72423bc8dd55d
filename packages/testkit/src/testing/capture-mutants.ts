import type { ChangeCapture } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, dispatching, type Mutant } from "./mutant.ts";

function breakCapture(broken: (sound: ChangeCapture, store: MemoryStore) => Partial<ChangeCapture>): Breakage {
  return breakSession(({ capture }, store) =>
    capture === undefined ? {} : { capture: { ...capture, ...broken(capture, store) } },
  );
}

const once = "each key that a statement writes to a captured table is recorded once";
const moved = "a key that changes is two, and one that several rows have is recorded once";
const again = "to install again changes nothing, and what was removed records nothing";

export const captureMutants: readonly Mutant[] = [
  {
    name: "records each key twice",
    caughtBy: once,
    breakage: dispatching((dispatch, store) => (...given) => {
      for (const [id, change] of [...store.changes])
        if (store.captured.size > 0) store.changes.set(id + 1_000_000n, { ...change, id: String(id + 1_000_000n) });
      return dispatch(...given);
    }),
  },
  {
    name: "records no deletes",
    caughtBy: once,
    breakage: dispatching((dispatch, store) => (...given) => {
      for (const [id, { operation }] of [...store.changes])
        if (store.captured.size > 0 && operation === "delete") store.changes.delete(id);
      return dispatch(...given);
    }),
  },
  {
    name: "records the new key only",
    caughtBy: moved,
    breakage: dispatching((dispatch, store) => (...given) => {
      const isMoved = [...store.changes.values()].some(({ operation }) => operation === "upsert");
      for (const [id, { operation }] of [...store.changes])
        if (store.captured.size > 0 && isMoved && operation === "delete") store.changes.delete(id);
      return dispatch(...given);
    }),
  },
  {
    name: "writes keys that cannot be read",
    caughtBy: "what is recorded can be read as a key of the category",
    breakage: dispatching((dispatch, store) => (...given) => {
      for (const [id, change] of [...store.changes])
        if (store.captured.size > 0)
          store.changes.set(id, { ...change, condition: change.condition.replaceAll("\\", "") });
      return dispatch(...given);
    }),
  },
  {
    name: "makes its triggers anew each time",
    caughtBy: again,
    breakage: breakCapture(({ install }) => ({
      install: async (...given) => ({ ...(await install(...given)), statements: ["DROP", "CREATE"] }),
    })),
  },
  {
    name: "leaves the trigger behind",
    caughtBy: again,
    breakage: breakCapture(({ remove }, store) => ({
      remove: async (...given) => {
        const before = [...store.captured];
        const report = await remove(...given);
        for (const [place, target] of before) store.captured.set(place, target);
        return report;
      },
    })),
  },
  {
    name: "says of what is not there that it is",
    caughtBy: again,
    breakage: breakCapture(({ show }) => ({
      show: async (...given) => ({ ...(await show(...given)), state: "installed" }),
    })),
  },
  {
    name: "captures a table that is not there",
    caughtBy: "a table or a column that is not there is refused, by its place",
    breakage: breakCapture(({ install }, store) => ({
      install: (target, signal) => {
        const { table } = target.source;
        if (!store.tables.has(table)) store.tables.set(table, { columns: ["id"], rows: new Map(), delayMs: 0 });
        return install(target, signal);
      },
    })),
  },
  ...(["install", "show", "remove"] as const).map(
    (member): Mutant => ({
      name: `heeds no signal: ${member} of capture`,
      caughtBy: "of capture, a call whose signal has fired does nothing",
      breakage: breakCapture((capture) => ({ [member]: (target: never) => capture[member](target, never) })),
    }),
  ),
];
