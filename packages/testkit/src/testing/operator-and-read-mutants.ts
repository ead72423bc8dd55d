import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { breakBacklog, breakReads, type Mutant } from "./mutant.ts";

const operatorMutants: readonly Mutant[] = [
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
];

const readMutants: readonly Mutant[] = [
  {
    name: "reads ignore the row limit",
    caughtBy: "as many rows as the limit says are read, and one more is refused",
    breakage: breakReads((runner) => ({
      run: (statements, limits, signal) => runner.run(statements, { ...limits, maxRows: 1_000_000 }, signal),
    })),
  },
  {
    name: "reads are cut at the row limit without a word",
    caughtBy: "as many rows as the limit says are read, and one more is refused",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) => {
        const results = await runner.run(statements, { ...limits, maxRows: 1_000_000 }, signal);
        return results.map(({ columns, rows }) => ({ columns, rows: rows.slice(0, limits.maxRows) }));
      },
    })),
  },
  {
    name: "each statement of a read sees its own snapshot",
    caughtBy: "all statements of a read see one snapshot",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) => {
        const results = [];
        for (const statement of statements) {
          results.push(...(await runner.run([statement], limits, signal)));
          await new Promise((resolve) => setImmediate(resolve));
        }
        return results;
      },
    })),
  },
  {
    name: "rows are attributed to the key after theirs",
    caughtBy: "every row is attributed to its key, for one, many and no rows",
    breakage: (adapter) => ({
      ...adapter,
      dialect: { ...adapter.dialect, bindKeys: (_fields, [first, ...rest]) => [first ? [...rest, first] : []] },
    }),
  },
  {
    name: "NULL comes out as an empty text",
    caughtBy: "a NULL and an empty text come out as they are",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) =>
        (await runner.run(statements, limits, signal)).map(({ columns, rows }) => ({
          columns,
          rows: rows.map((row) => row.map((value) => value ?? "")),
        })),
    })),
  },
  {
    name: "reads ignore their time limit",
    caughtBy: "a read is ended at its time limit",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) => {
        try {
          return await runner.run(statements, limits, signal);
        } catch (error) {
          if (!isSynclineError(error) || error.code !== "query.timeout") throw error;
          return statements.map(() => ({ columns: ["#", "id"], rows: [] }));
        }
      },
    })),
  },
  {
    name: "every failure of a read is the template's",
    caughtBy: "a value that makes the query fail is the value's fault, and other keys read on",
    breakage: breakReads((runner) => ({
      run: async (statements, limits, signal) => {
        try {
          return await runner.run(statements, limits, signal);
        } catch (error) {
          throw new SynclineError("query.invalid", String(error));
        }
      },
    })),
  },
  {
    name: "a read writes",
    caughtBy: "a read that tries to write is refused, and writes nothing",
    breakage: breakReads((runner, store) => ({
      run: async (statements, limits, signal) => {
        if (!statements.some(({ text }) => text.startsWith("DELETE"))) return runner.run(statements, limits, signal);
        store.tables.get("item")?.rows.clear();
        return statements.map(() => ({ columns: [], rows: [] }));
      },
    })),
  },
];

export const otherMutants: readonly Mutant[] = [...operatorMutants, ...readMutants];
