import type { BacklogStatus, BacklogStore, StrategyBacklog } from "@syncline/core/spi";
import { never } from "../suite/expectations.ts";
import type { Breakage } from "./memory-fixture.ts";
import { afterSettle, breakBacklog, breakSession, type Mutant } from "./mutant.ts";

function reporting(alter: (status: BacklogStatus) => BacklogStatus): Breakage {
  return breakBacklog(({ status }) => ({ status: async (signal) => alter(await status(signal)) }));
}

function counting(alter: (strategy: StrategyBacklog) => StrategyBacklog): Breakage {
  return reporting((status) => ({ ...status, strategies: status.strategies.map(alter) }));
}

/** One member that works although its signal has fired. */
function heedless(member: keyof BacklogStore): Mutant {
  return {
    name: `heeds no signal: ${member}`,
    caughtBy: "an operator's call whose signal has fired does nothing",
    breakage: breakBacklog((backlog) => ({
      [member]: (...given: readonly unknown[]) =>
        Reflect.apply(backlog[member], undefined, [...given.slice(0, -1), never]) as unknown,
    })),
  };
}

const deadLetterMutants: readonly Mutant[] = [
  {
    name: "forgets what a dead letter died of",
    caughtBy: "a dead letter is kept with its key and what happened, and is not claimed",
    breakage: afterSettle((delivery, result) => {
      if (result === "dead") delivery.failure = undefined;
    }),
  },
  {
    name: "requeues every dead letter, whatever the ids",
    caughtBy: "requeue takes those of the ids given, and no others",
    breakage: breakBacklog(({ requeue }, store) => ({
      requeue: (selection, signal) => {
        const [any] = store.deliveries.values();
        return requeue(any === undefined ? selection : { strategy: any.strategy }, signal);
      },
    })),
  },
  {
    name: "takes a full page for one that others follow",
    caughtBy: "the last page says that it is the last",
    breakage: breakBacklog(({ deadLetters }) => ({
      deadLetters: async (query, signal) => {
        const page = await deadLetters(query, signal);
        return { ...page, next: page.items.length === query.limit ? page.items.at(-1)?.id : page.next };
      },
    })),
  },
  {
    name: "overlooks ids that are none",
    caughtBy: "ids that are none are refused, all named at once",
    breakage: breakBacklog(({ requeue }) => ({
      requeue: (selection, signal) =>
        requeue("ids" in selection ? { ids: selection.ids.filter((id) => /^\d+$/.test(id)) } : selection, signal),
    })),
  },
  {
    name: "names the first wrong id alone",
    caughtBy: "ids that are none are refused, all named at once",
    breakage: breakBacklog(({ requeue }) => ({
      requeue: async (selection, signal) => {
        if ("ids" in selection) for (const id of selection.ids) await requeue({ ids: [id] }, signal);
        return requeue(selection, signal);
      },
    })),
  },
  {
    name: "leaves the token of what it requeues",
    caughtBy: "an abandoned delivery's lease does not outlive its burial",
    breakage: breakBacklog(({ requeue }, store) => ({
      requeue: async (selection, signal) => {
        const count = await requeue(selection, signal);
        for (const delivery of store.deliveries.values()) delivery.token = crypto.randomUUID();
        return count;
      },
    })),
  },
];

const statusMutants: readonly Mutant[] = [
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
];

const backfillMutants: readonly Mutant[] = [
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
];

const members: readonly (keyof BacklogStore)[] = [
  "status",
  "deadLetters",
  "requeue",
  "discard",
  "pause",
  "resume",
  "backfill",
  "readmit",
];

export const backlogMutants: readonly Mutant[] = [
  ...deadLetterMutants,
  ...statusMutants,
  ...backfillMutants,
  ...members.map(heedless),
];
