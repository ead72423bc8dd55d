import { isSynclineError, SynclineError } from "@syncline/core/spi";
import { never } from "../suite/expectations.ts";
import { breakReads, breakSession, failingReads, type Mutant } from "./mutant.ts";

export const readLimitMutants: readonly Mutant[] = [
  {
    name: "reads are refused while a dispatch is under way",
    caughtBy: "a read may begin where changes are routed, and sees what they tell of",
    breakage: breakSession(({ poller, queryRunner }) => {
      let isDispatching = false;
      const dispatch: typeof poller.dispatch = async (...given) => {
        isDispatching = true;
        const result = await poller.dispatch(...given);
        isDispatching = false;
        return result;
      };
      const run: typeof queryRunner.run = (...given) =>
        isDispatching ? Promise.reject(new SynclineError("database.busy", "dispatching")) : queryRunner.run(...given);
      return { poller: { ...poller, dispatch }, queryRunner: { run } };
    }),
  },
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
    name: "reads ignore the byte limit",
    caughtBy: "rows that outgrow the byte limit are refused, and the next read works",
    breakage: breakReads((runner) => ({
      run: (statements, { timeoutMs, maxRows, numbers }, signal) =>
        runner.run(statements, { timeoutMs, maxRows, numbers }, signal),
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
  {
    name: "ends no read that runs",
    caughtBy: "an abort ends a read that runs, and the next one works",
    breakage: breakReads(({ run }) => ({
      run: (statements, limits, signal) => run(statements, limits, signal.aborted ? signal : never),
    })),
  },
  {
    name: "takes an abort for a time limit",
    caughtBy: "an abort ends a read that runs, and the next one works",
    breakage: failingReads((error) =>
      error.code === "operation.aborted" ? new SynclineError("query.timeout", error.message) : error,
    ),
  },
  {
    name: "reads although its signal has fired",
    caughtBy: "a read whose signal has fired does not begin",
    breakage: breakReads(({ run }) => ({ run: (statements, limits) => run(statements, limits, never) })),
  },
];
