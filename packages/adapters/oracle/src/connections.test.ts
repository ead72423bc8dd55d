import { describe, expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { oracleError, type Script, scriptedSource } from "./testing/scripted-source.ts";

const block: OwnStatement = { name: "block", kind: "block", text: "BEGIN x; END;", binds: { id: { in: "text" } } };
const query: OwnStatement = { name: "query", kind: "query", text: "SELECT 1 FROM dual", binds: {} };
const rows: OwnStatement = { name: "rows", kind: "rows", text: "INSERT INTO t", binds: { id: { in: "text" } } };

function on(script: Script) {
  const source = scriptedSource(script);
  return { source, connections: createConnections(source, { statementTimeoutMs: 1_234 }) };
}

describe("one statement in a transaction of its own", () => {
  test("is committed with it, in one round trip", async () => {
    const { source, connections } = on(() => undefined);
    await connections.run(block, { id: "1" });
    await connections.run(rows, [{ id: "1" }, { id: "2" }]);
    expect(source.story()).toEqual(["execute BEGIN x;", "close", "executeMany INSERT INTO", "close"]);
    expect(source.calls.map(({ options }) => options.autoCommit)).toEqual([true, undefined, true, undefined]);
  });

  test("commits nothing if it only reads", async () => {
    const { source, connections } = on(() => ({ rows: [["1"]] }));
    expect((await connections.run(query, {})).rows).toEqual([["1"]]);
    expect(source.calls[0]?.options.autoCommit).toBe(false);
  });

  test("has a time limit for each round trip, which the connection does not keep", async () => {
    const limits: (number | undefined)[] = [];
    const { connections } = on(() => undefined);
    await connections.withConnection(async (connection) => {
      limits.push(connection.callTimeout);
    });
    let kept: { readonly callTimeout?: number | undefined } | undefined;
    await connections.withConnection(async (connection) => {
      kept = connection;
    });
    limits.push(kept?.callTimeout);
    expect(limits).toEqual([1_234, 0]);
  });
});

describe("a transaction", () => {
  test("commits what was done, and rolls back what is to leave no trace", async () => {
    const { source, connections } = on(() => undefined);
    await connections.transaction(async (run) => {
      await run(block, { id: "1" });
      return { result: undefined };
    });
    await connections.transaction(async () => ({ result: undefined, undo: true }));
    expect(source.story()).toEqual(["execute BEGIN x;", "commit", "close", "rollback", "close"]);
    expect(source.calls[0]?.options.autoCommit).toBe(false);
  });

  test("rolls back when a statement fails, and gives the connection back", async () => {
    const { source, connections } = on(({ call }) =>
      call === "execute" ? oracleError("ORA-00060: deadlock detected") : undefined,
    );
    const work = connections.transaction(async (run) => ({ result: await run(block, { id: "1" }) }));
    await expect(work).rejects.toMatchObject({ code: "database.busy", retryable: true });
    expect(source.story()).toEqual(["execute BEGIN x;", "rollback", "close"]);
  });

  test("whose connection is lost asks nothing more of it, and drops it", async () => {
    const { source, connections } = on(({ call }) =>
      call === "execute" ? oracleError("NJS-500: connection to Oracle Database was closed or broken") : undefined,
    );
    const work = connections.transaction(async (run) => ({ result: await run(block, { id: "1" }) }));
    await expect(work).rejects.toMatchObject({ code: "database.unavailable" });
    expect(source.story()).toEqual(["execute BEGIN x;", "drop"]);
  });

  test("whose commit is not answered is not known to have happened", async () => {
    const { source, connections } = on(({ call }) =>
      call === "commit" ? oracleError("NJS-500: connection to Oracle Database was closed or broken") : undefined,
    );
    const work = connections.transaction(async () => ({ result: 1 }));
    await expect(work).rejects.toMatchObject({ code: "database.unavailable", retryable: true });
    expect(source.story()).toEqual(["commit", "drop"]);
  });
});

describe("a signal that fires", () => {
  test("before the work asks for no connection", async () => {
    const { source, connections } = on(() => undefined);
    await expect(connections.run(query, {}, AbortSignal.abort())).rejects.toMatchObject({ code: "operation.aborted" });
    expect(source.calls).toEqual([]);
  });

  test("while waiting for a connection gives that back when it comes", async () => {
    let come: () => void = () => {};
    const source = scriptedSource(() => undefined);
    const waiting = {
      ...source,
      getConnection: () =>
        new Promise<void>((resolve) => {
          come = resolve;
        }).then(source.getConnection),
    };
    const abort = new AbortController();
    const work = createConnections(waiting, { statementTimeoutMs: 1 }).run(query, {}, abort.signal);
    abort.abort();
    await expect(work).rejects.toMatchObject({ code: "operation.aborted" });
    come();
    await expect.poll(() => source.story()).toEqual(["close"]);
  });

  test("while a statement runs ends it when its time of grace is over, and drops the connection", async () => {
    const abort = new AbortController();
    let end: (error: Error) => void = () => {};
    const { source, connections } = on(({ call }) => {
      if (call === "break") end(oracleError("ORA-01013: user requested cancel of current operation"));
      if (call !== "execute") return undefined;
      abort.abort();
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    await expect(connections.run(block, { id: "1" }, abort.signal)).rejects.toMatchObject({
      code: "operation.aborted",
    });
    expect(source.story()).toEqual(["execute BEGIN x;", "break", "drop"]);
  });
});
