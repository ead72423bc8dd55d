import type { BacklogStatus, BacklogStore, KeyFindings, KeyQuery, StrategyBacklog } from "@syncline/core/spi";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { breakBacklog, breakSession, type Mutant } from "./mutant.ts";

function reporting(alter: (status: BacklogStatus) => BacklogStatus): Breakage {
  return breakBacklog(({ status }) => ({ status: async (signal) => alter(await status(signal)) }));
}

function counting(alter: (strategy: StrategyBacklog) => StrategyBacklog): Breakage {
  return reporting((status) => ({ ...status, strategies: status.strategies.map(alter) }));
}

/** One member that works although its signal has fired. */
function heedless(member: keyof Required<BacklogStore>): Mutant {
  return {
    name: `heeds no signal: ${member}`,
    caughtBy: "an operator's call whose signal has fired does nothing",
    breakage: breakBacklog((backlog) => ({
      [member]: (...given: readonly unknown[]) =>
        Reflect.apply(backlog[member] as () => unknown, undefined, [...given.slice(0, -1), never]) as unknown,
    })),
  };
}

const members: readonly (keyof Required<BacklogStore>)[] = [
  "status",
  "find",
  "deadLetters",
  "causes",
  "requeue",
  "discard",
  "pause",
  "resume",
  "backfill",
  "readmit",
];

export const backlogMutants: readonly Mutant[] = [
  {
    name: "the status counts what is leased as due",
    caughtBy: "the status counts each strategy's deliveries by what they wait for",
    breakage: breakBacklog((backlog) => ({
      status: async (signal) => {
        const status = await backlog.status(signal);
        const strategies = status.strategies.map((each) => ({ ...each, due: each.due + each.leased, leased: 0 }));
        return { ...status, strategies };
      },
    })),
  },
  ...(
    [
      ["finds deliveries of every strategy", (query) => ({ ...query, strategies: ["unasked", ...query.strategies] })],
      ["finds more changes than were asked for", (query) => ({ ...query, most: query.most + 1 })],
    ] satisfies readonly (readonly [string, (query: KeyQuery) => KeyQuery])[]
  ).map(([name, other]) => ({
    name,
    caughtBy: "a key is found wherever it stands",
    breakage: breakBacklog(({ find }) =>
      find === undefined ? {} : { find: (query, signal) => find(other(query), signal) },
    ),
  })),
  ...(
    [
      [
        "takes what is leased for due",
        ({ deliveries, ...rest }) => ({ ...rest, deliveries: deliveries.map((each) => ({ ...each, leased: false })) }),
      ],
      [
        "forgets why something died",
        ({ deliveries, ...rest }) => ({
          ...rest,
          deliveries: deliveries.map((each) => ({ ...each, failure: undefined })),
        }),
      ],
      ["forgets what was refused", (found) => ({ ...found, refused: [] })],
    ] satisfies readonly (readonly [string, (found: KeyFindings) => KeyFindings])[]
  ).map(([name, other]) => ({
    name,
    caughtBy: "a key is found wherever it stands",
    breakage: breakBacklog(({ find }) =>
      find === undefined ? {} : { find: async (query, signal) => other(await find(query, signal)) },
    ),
  })),
  {
    name: "a backfill goes to every strategy",
    caughtBy: "backfill records given changes for one strategy alone",
    breakage: breakBacklog((backlog, store) => ({
      backfill: async (backfill, signal) => {
        const count = await backlog.backfill(backfill, signal);
        for (const [id, change] of store.changes) store.changes.set(id, { ...change, strategy: null });
        return count;
      },
    })),
  },
  {
    name: "gives the age of 1970 where there are no changes",
    caughtBy: "the status of nothing is empty",
    breakage: reporting((status) => (status.changes > 0 ? status : { ...status, oldestChangeAgeMs: Date.now() })),
  },
  {
    name: "counts the age of what is dead",
    caughtBy: "ages count from the oldest change that is not delivered",
    breakage: counting((strategy) => (strategy.dead > 0 ? { ...strategy, oldestAgeMs: 1 } : strategy)),
  },
  {
    name: "gives ages in seconds",
    caughtBy: "ages count from the oldest change that is not delivered",
    breakage: counting((strategy) => ({ ...strategy, oldestAgeMs: strategy.oldestAgeMs / 100_000 })),
  },
  {
    name: "keeps a pause to the session that paused",
    caughtBy: "a pause holds for every worker",
    breakage: breakSession(({ poller, backlog }) => {
      const paused = new Set<string>();
      return {
        poller: {
          ...poller,
          claim: (demands, ...given) =>
            poller.claim(
              demands.filter(({ strategy }) => !paused.has(strategy)),
              ...given,
            ),
        },
        backlog: {
          ...backlog,
          pause: async (strategy) => void paused.add(strategy),
          resume: async (strategy) => void paused.delete(strategy),
        },
      };
    }),
  },
  {
    name: "backfills the first key of a query alone",
    caughtBy: "backfill records the keys that a query yields",
    breakage: breakBacklog(({ backfill }, store) => ({
      backfill: async (given, signal) => {
        const count = await backfill(given, signal);
        if ("keys" in given) for (const id of [...store.changes.keys()].slice(1)) store.changes.delete(id);
        return count;
      },
    })),
  },
  {
    name: "backfills nothing, without a word, where the query is none",
    caughtBy: "backfill refuses a query that is none, and records nothing",
    breakage: breakBacklog(({ backfill }) => ({ backfill: (...given) => backfill(...given).catch(() => 0) })),
  },
  ...members.map(heedless),
];
