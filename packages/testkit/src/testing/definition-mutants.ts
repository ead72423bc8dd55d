import type { DefinitionTable } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function breakTable(broken: (sound: DefinitionTable, store: MemoryStore) => Partial<DefinitionTable>): Breakage {
  return breakSession(({ definitions }, store) =>
    definitions === undefined ? {} : { definitions: { ...definitions, ...broken(definitions, store) } },
  );
}

const listed = "definitions are listed as they were put, those too that are switched off";
const replaced = "a definition that is there is replaced, and a removed one is gone";
const since = "nothing is edited where somebody has edited since, categories or strategies";
const together = "edits are done together or not at all";
const loaded = "categories are loaded by name, each with its place";
const revision = "one revision is that of lists, categories, strategies and routing";

export const definitionMutants: readonly Mutant[] = [
  {
    name: "lists enabled strategies alone",
    caughtBy: listed,
    breakage: breakTable(({ list }) => ({
      list: async (signal) => {
        const { rows, ...rest } = await list(signal);
        return { ...rest, rows: rows.filter(({ enabled }) => enabled) };
      },
    })),
  },
  {
    name: "puts every strategy as enabled",
    caughtBy: listed,
    breakage: breakTable(({ edit }) => ({
      edit: (edits, ...rest) =>
        edit(
          edits.map((each) => ({ ...each, enabled: true })),
          ...rest,
        ),
    })),
  },
  {
    name: "never removes",
    caughtBy: replaced,
    breakage: breakTable(({ edit }) => ({
      edit: (edits, ...rest) =>
        edit(
          edits.filter((each) => !("remove" in each)),
          ...rest,
        ),
    })),
  },
  {
    name: "takes names of another case for the same",
    caughtBy: "names that differ in case alone are two definitions",
    breakage: breakTable(({ edit }) => ({
      edit: (edits, ...rest) =>
        edit([...new Map(edits.map((each) => [`${each.kind} ${each.name.toLowerCase()}`, each])).values()], ...rest),
    })),
  },
  {
    name: "edits whatever the revision is",
    caughtBy: since,
    breakage: breakTable(({ edit, list }) => ({
      edit: async (edits, _, signal) => edit(edits, (await list(signal)).revision, signal),
    })),
  },
  {
    name: "edits one after the other",
    caughtBy: together,
    breakage: breakTable(({ edit, list }) => ({
      edit: async (edits, expected, signal) => {
        let done = await edit([], expected, signal);
        for (const each of edits) done = done && (await edit([each], (await list(signal)).revision, signal));
        return done;
      },
    })),
  },
  {
    name: "keeps no record of an edit",
    caughtBy: "an edit is kept in the audit, and one that is not done is not",
    breakage: breakTable(({ edit }) => ({ edit: (edits, expected, signal) => edit(edits, expected, signal) })),
  },
  {
    name: "loads categories without a place of their own",
    caughtBy: loaded,
    breakage: breakTable(({ categories }) => ({
      categories: async (signal) => {
        const { categories: found, ...rest } = await categories(signal);
        return { ...rest, categories: found.map((each) => ({ ...each, source: "category" })) };
      },
    })),
  },
  {
    name: "edits categories without a word to dispatches",
    caughtBy: revision,
    breakage: breakTable(({ edit }, store) => ({
      edit: async (edits, expected, signal) => {
        const before = store.strategiesRevision;
        const done = await edit(edits, expected, signal);
        if (edits.every(({ kind }) => kind === "category")) store.strategiesRevision = before;
        return done;
      },
    })),
  },
  {
    name: "takes no notice of the signal",
    caughtBy: "a list and an edit whose signal has fired are refused",
    breakage: breakTable(({ edit }) => ({
      edit: (edits, expected) => edit(edits, expected, new AbortController().signal),
    })),
  },
];
