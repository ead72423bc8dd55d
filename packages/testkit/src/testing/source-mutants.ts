import type { CategorySources } from "@syncline/core/spi";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function breakSources(broken: (sound: CategorySources) => Partial<CategorySources>): Breakage {
  return breakSession(({ sources }) => (sources === undefined ? {} : { sources: { ...sources, ...broken(sources) } }));
}

const told = "what does not fit the table is told, by its place";
const listed = "tables are listed with their keys, and with types that fit";
const taken = "its keys are those that a backfill takes";

export const sourceMutants: readonly Mutant[] = [
  {
    name: "finds nothing wrong with any source",
    caughtBy: told,
    breakage: breakSources(() => ({ check: async () => [] })),
  },
  {
    name: "looks at columns, and at no types",
    caughtBy: told,
    breakage: breakSources(({ check }) => ({
      check: async (...given) => (await check(...given)).filter(({ at }) => !at.startsWith("fields.")),
    })),
  },
  {
    name: "names the keys as the columns are",
    caughtBy: taken,
    breakage: breakSources(({ keys }) => ({
      keys: async (...given) => (await keys(...given)).replace('AS "itemId"', 'AS "id"'),
    })),
  },
  {
    name: "has keys of what does not fit",
    caughtBy: taken,
    breakage: breakSources(({ keys }) => ({
      keys: (wanted, signal) => keys(wanted, signal).catch(() => "SELECT s.id FROM item s"),
    })),
  },
  {
    name: "asks for a part of the key alone whether it is there",
    caughtBy: "of sources, a key that is gone is told from one that is there",
    breakage: breakSources(({ presence }) => ({
      presence: async (...given) => (await presence?.(...given))?.replace(/ AND .*/, ""),
    })),
  },
  {
    name: "lists tables without their keys",
    caughtBy: listed,
    breakage: breakSources(({ tables }) => ({
      tables: async (signal) => ((await tables?.(signal)) ?? []).map((table) => ({ ...table, key: [] })),
    })),
  },
  {
    name: "lists columns with types that do not fit",
    caughtBy: listed,
    breakage: breakSources(({ tables }) => ({
      tables: async (signal) =>
        ((await tables?.(signal)) ?? []).map((table) => ({
          ...table,
          columns: table.columns.map((column) => ({ ...column, field: "boolean" })),
        })),
    })),
  },
  {
    name: "heeds no signal: tables of sources",
    caughtBy: "of sources, a call whose signal has fired is refused",
    breakage: breakSources(({ tables }) => ({ tables: () => tables?.(never) ?? Promise.resolve([]) })),
  },
  ...(["check", "keys"] as const).map(
    (member): Mutant => ({
      name: `heeds no signal: ${member} of sources`,
      caughtBy: "of sources, a call whose signal has fired is refused",
      breakage: breakSources((sources) => ({ [member]: (wanted: never) => sources[member](wanted, never) })),
    }),
  ),
];
