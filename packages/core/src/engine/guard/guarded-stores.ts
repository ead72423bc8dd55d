import type { ChangeSignal } from "../../contracts/change-signal.ts";
import type { DefinitionTable } from "../../contracts/definition-table.ts";
import type { StrategyStore } from "../../contracts/strategy-store.ts";
import { aFunction, aList, anything, aRecord, isRecord, isText, told } from "./answer-checks.ts";
import type { Guard, Nonsense } from "./guard.ts";

export function guardStore(store: StrategyStore, guard: Guard, limitMs: number): StrategyStore {
  const { subscribe } = store;
  return {
    load: (signal) => guard.ask("load", () => store.load(signal), loaded, { limitMs, signal }),
    ...(subscribe === undefined
      ? {}
      : { subscribe: (listener) => subscribed((wake) => subscribe.call(store, wake), listener, guard) }),
  };
}

export function guardDefinitions(definitions: DefinitionTable, guard: Guard, limitMs: number): DefinitionTable {
  return {
    categories: (signal) =>
      guard.ask("categories", () => definitions.categories(signal), storedCategories, { limitMs, signal }),
    list: (signal) => guard.ask("list", () => definitions.list(signal), storedDefinitions, { limitMs, signal }),
    edit: (edits, revision, signal, record) =>
      guard.ask("edit", () => definitions.edit(edits, revision, signal, record), aFlag, { limitMs, signal }),
  };
}

const aFlag: Nonsense = (answer) =>
  typeof answer === "boolean" ? undefined : `${told(answer)} instead of true or false`;
const storedCategories = aRecord({ categories: Array.isArray, revision: (value) => typeof value === "string" });
const isRow = (value: unknown): boolean =>
  isRecord(value) &&
  (value.kind === "category" || value.kind === "strategy") &&
  isText(value.name) &&
  typeof value.definition === "string" &&
  typeof value.enabled === "boolean";
const storedDefinitions = aRecord({
  rows: (value) => aList(isRow, "rows")(value) === undefined,
  revision: (value) => typeof value === "string",
});

/** What each entry is worth is judged for each alone. */
const loaded = aRecord({
  strategies: Array.isArray,
  categories: (value) => value === undefined || Array.isArray(value),
  revision: (value) => typeof value === "string",
});

/** Where a store does not tell how to stop, nothing more is heard of it after the stop. */
function subscribed(subscribe: (wake: () => void) => () => void, listener: () => void, guard: Guard): () => void {
  let isOver = false;
  const unsubscribe = guard.call("subscribe", () => subscribe(() => isOver || listener()), aFunction);
  return () => {
    isOver = true;
    try {
      guard.call("subscribe", () => unsubscribe(), anything);
    } catch {
      // Told as a fault; there is nothing else to end.
    }
  };
}

export function guardSignal(signal: ChangeSignal, guard: Guard, limitMs: number): ChangeSignal {
  return {
    listen: async (wake) => {
      let isOver = false;
      const stop = await guard.ask("listen", () => signal.listen(() => isOver || wake()), aFunction, { limitMs });
      return async () => {
        isOver = true;
        await guard.ask("listen", () => stop(), anything, { limitMs });
      };
    },
  };
}
