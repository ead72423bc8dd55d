import type { DatabaseAdapter, DatabaseSession } from "../../contracts/database-adapter.ts";
import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Transport } from "../../contracts/transport.ts";
import { category } from "../../model/category.ts";
import { isSynclineError, type SynclineError } from "../../model/errors.ts";
import { strategy } from "../../model/strategy-in-code.ts";

export const order = category("order", { orderId: "bigint" });
export const orders = strategy("orders", {
  category: order,
  query: "SELECT 1 AS one WHERE 1 = :orderId",
  downstream: "crm",
  path: "/orders",
  whenAbsent: "skip",
});

export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Stands for a database where only a pipeline's life is tested: says in order what is done with it. */
export function standInDatabase(done: string[], more: Partial<DatabaseSession> = {}): DatabaseAdapter<string[]> {
  const nothing = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] } as const;
  return {
    specVersion: 1,
    name: "stand-in",
    capabilities: { multipleWorkers: true, strategyTable: true, changeSignal: false, snapshotReads: true },
    dialect: {
      name: "stand-in",
      lexical: {
        identifierQuotes: [['"', '"']],
        dollarQuotes: false,
        alternativeQuotes: false,
        nestedComments: true,
        doubleColonCast: true,
        nativeParameter: "$1",
      },
      quoteIdentifier: (name) => `"${name}"`,
      nativeParameter: (position) => `$${position}`,
      parameter: (position) => `$${position}`,
      bind: (value) => value,
      keyColumn: ({ name }) => `k."${name}"`,
      joinLateral: (template) => template,
      attest: (template) => template,
      bindKeys: () => [],
    },
    recorder: { record: async (tx, changes) => void tx.push(...changes.map((change) => change.key)) },
    open: () => {
      done.push("open database");
      const backlog: Partial<DatabaseSession["backlog"]> = {
        readmit: async () => 0,
        status: async () => ({ changes: 0, oldestChangeAgeMs: 0, refused: 0, strategies: [] }),
      };
      return {
        poller: { dispatch: async () => nothing, claim: async () => [], renew: async () => [], settle: async () => [] },
        queryRunner: { run: async () => [] },
        backlog: backlog as DatabaseSession["backlog"],
        migrate: async () => ({ applied: [] }),
        checkSchema: async () => undefined,
        close: async () => void done.push("close database"),
        ...more,
      };
    },
  };
}

export function standInTransport(
  done: string[],
  more: Partial<Transport> = {},
  invoker: Partial<SyncInvoker> = {},
): Transport {
  return {
    specVersion: 1,
    name: "stand-in",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    open: ({ downstream }) => {
      done.push(`open ${downstream}`);
      return {
        invoke: async () => ({ status: "accepted" }),
        close: async () => void done.push(`close ${downstream}`),
        ...invoker,
      };
    },
    ...more,
  };
}

export async function refusal(act: () => unknown): Promise<SynclineError> {
  try {
    await act();
  } catch (error) {
    if (isSynclineError(error)) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

/** Work that stays under way until the test ends it. */
export function held<Value>(): {
  readonly work: () => Promise<Value>;
  readonly begun: Promise<void>;
  readonly end: (value: Value) => void;
} {
  let begin: () => void = () => {};
  let end: (value: Value) => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const result = new Promise<Value>((resolve) => {
    end = resolve;
  });
  const work = () => {
    begin();
    return result;
  };
  return { work, begun, end };
}
