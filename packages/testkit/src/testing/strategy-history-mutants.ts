import type { StrategyHistory } from "@syncline/core/spi";
import type { MemoryStore } from "../memory/store.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakSession, type Mutant } from "./mutant.ts";

function breakHistory(broken: (sound: StrategyHistory, store: MemoryStore) => StrategyHistory["list"]): Breakage {
  return breakSession(({ strategyHistory }, store) =>
    strategyHistory === undefined ? {} : { strategyHistory: { list: broken(strategyHistory, store) } },
  );
}

const kept = "each version of a strategy is kept, with its definition, whoever edits the table";

export const strategyHistoryMutants: readonly Mutant[] = [
  {
    name: "forgets a strategy with its row",
    caughtBy: kept,
    breakage: breakHistory(({ list }) => async (...given) => {
      const all = await list(...given);
      const gone = all.findIndex(({ change }) => change === "deleted");
      return gone < 0 ? all : all.slice(0, gone);
    }),
  },
  {
    name: "tells versions of every strategy",
    caughtBy: kept,
    breakage: breakHistory((_, store) => async () => store.strategyVersions.toReversed()),
  },
  {
    name: "tells versions from the newest, whichever is asked for",
    caughtBy: kept,
    breakage: breakHistory(
      ({ list }) =>
        (strategy, { before: _, ...query }, signal) =>
          list(strategy, query, signal),
    ),
  },
  {
    name: "takes each edit for a version",
    caughtBy: "what leaves a strategy as it was is no version of it",
    breakage: breakHistory(({ list }, store) => async (...given) => {
      const [first, ...others] = await list(...given);
      const edits = Array.from({ length: store.strategiesRevision }, (_, index) => ({ ...first, version: index + 1 }));
      return first === undefined ? [] : ([...edits, ...others] as never);
    }),
  },
  {
    name: "names the login of whoever edits for another",
    caughtBy: "the history and the audit name whom an edit was made for, of that edit alone",
    breakage: breakHistory(
      ({ list }) =>
        async (...given) =>
          (await list(...given)).map((version) => ({ ...version, author: "login" })),
    ),
  },
  {
    name: "keeps no edit in the audit",
    caughtBy: "an edit of a strategy is in the audit as well",
    breakage: breakSession(({ audit }) =>
      audit === undefined
        ? {}
        : {
            audit: {
              list: async (query, signal) => {
                const page = await audit.list(query, signal);
                return { ...page, items: page.items.filter(({ action }) => action !== "edit-strategy") };
              },
            },
          },
    ),
  },
];
