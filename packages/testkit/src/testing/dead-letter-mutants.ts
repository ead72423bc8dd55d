import { SynclineError } from "@syncline/core/spi";
import { afterSettle, breakBacklog, breakPoller, type Mutant } from "./mutant.ts";

export const deadLetterMutants: readonly Mutant[] = [
  {
    name: "cannot say what happened in more words than its column holds",
    caughtBy: "what happened is kept as far as there is room, however much there is to say",
    breakage: breakPoller((poller) => ({
      settle: async (settlements) => {
        const tooLong = settlements.some((each) => "failure" in each && each.failure.message.length > 2_000);
        if (tooLong) throw new SynclineError("database.failed", "The value is too long for its column.");
        return poller.settle(settlements);
      },
    })),
  },
  {
    name: "requeues no more ids than an IN takes",
    caughtBy: "two thousand dead letters are requeued, and discarded, by their ids in one go each",
    breakage: breakBacklog(({ requeue }) => ({
      requeue: (selection, signal) =>
        requeue("ids" in selection ? { ids: selection.ids.slice(0, 1_000) } : selection, signal),
    })),
  },
  {
    name: "requeue keeps the epoch",
    caughtBy: "requeue makes dead and held ones due now, with fresh attempts and the next epoch",
    breakage: breakBacklog((backlog, store) => ({
      requeue: async (selection, signal) => {
        const count = await backlog.requeue(selection, signal);
        for (const delivery of store.deliveries.values()) delivery.epoch = 0;
        return count;
      },
    })),
  },
  {
    name: "requeue takes what is alive",
    caughtBy: "requeue leaves what is alive alone",
    breakage: breakBacklog((backlog, store) => ({
      requeue: (selection, signal) => {
        for (const delivery of store.deliveries.values()) delivery.state = "dead";
        return backlog.requeue(selection, signal);
      },
    })),
  },
  {
    name: "discard empties the strategy",
    caughtBy: "discard forgets dead and held ones, and nothing else",
    breakage: breakBacklog((backlog, store) => ({
      discard: async (selection, signal) => {
        const count = await backlog.discard(selection, signal);
        if ("strategy" in selection) store.deliveries.clear();
        return count;
      },
    })),
  },
  {
    name: "a page of dead letters begins with the last of the page before",
    caughtBy: "dead letters come by page, oldest first, each once",
    breakage: breakBacklog((backlog) => ({
      deadLetters: ({ after, ...query }, signal) => {
        const before = after === undefined ? {} : { after: String(BigInt(after) - 1n) };
        return backlog.deadLetters({ ...query, ...before }, signal);
      },
    })),
  },
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
  ...(["key", "kind", "code", "state", "olderThanMs"] as const).map((member) => ({
    name: `finds dead letters whatever their ${member} is`,
    caughtBy: "dead letters are found by key, kind, code, state and age",
    breakage: breakBacklog(({ deadLetters }) => ({
      deadLetters: ({ [member]: _, ...query }, signal) => deadLetters(query, signal),
    })),
  })),
  {
    name: "finds a key as a pattern",
    caughtBy: "dead letters are found by key, kind, code, state and age",
    breakage: breakBacklog(({ deadLetters }) => ({
      deadLetters: async ({ key, ...query }, signal) => {
        const page = await deadLetters(query, signal);
        const like = new RegExp((key ?? "").replaceAll("_", ".").replaceAll("%", ".*"), "i");
        return { ...page, items: page.items.filter((letter) => like.test(letter.key)) };
      },
    })),
  },
  {
    name: "counts causes of every strategy",
    caughtBy: "causes are counted by strategy, kind and code, the most frequent first",
    breakage: breakBacklog(({ causes }) =>
      causes === undefined ? {} : { causes: ({ strategy: _, ...filter }, signal) => causes(filter, signal) },
    ),
  },
  {
    name: "counts what is held as dead, among causes",
    caughtBy: "causes are counted by strategy, kind and code, the most frequent first",
    breakage: breakBacklog(({ causes }) =>
      causes === undefined
        ? {}
        : { causes: async (...given) => (await causes(...given)).map((cause) => ({ ...cause, held: 0 })) },
    ),
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
