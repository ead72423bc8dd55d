import { expect, test } from "vitest";
import { SynclineError } from "../../model/errors.ts";
import { createSqlDriver } from "./connected-driver.ts";
import { type ConnectionParts, createConnections } from "./connections.ts";

/** What became of a connection, in order. */
class Connection {
  readonly log: string[] = [];
  readonly hangs: boolean;
  /** Ends a statement that hangs. */
  fail: (error: Error) => void = () => {};

  constructor(hangs = false) {
    this.hangs = hangs;
  }

  query(text: string): Promise<readonly (readonly unknown[])[]> {
    this.log.push(text);
    if (text === "lost") return Promise.reject(new Error("lost"));
    if (text === "wrong" || text === "stuck") return Promise.reject(new Error(text));
    if (text !== "hang" && !this.hangs) return Promise.resolve([[text]]);
    return new Promise((_, reject) => {
      this.fail = reject;
    });
  }
}

function pool(connection: Connection, parts: Partial<ConnectionParts<Connection>> = {}) {
  const connections = createConnections<Connection>({
    acquire: async () => connection,
    release: ({ log }, destroy) => void log.push(destroy ? "ended" : "released"),
    breaksConnection: (error) => String(error) === "Error: lost",
    abortGraceMs: 0,
    ...parts,
  });
  const driver = createSqlDriver<Connection, string>(connections, {
    translate: (error) =>
      error instanceof SynclineError ? error : new SynclineError("database.failed", String(error), { cause: error }),
    begin: (used) => used.query("begin"),
    execute: (used, statement) => used.query(statement),
    commit: (used) => used.query("commit"),
    rollback: (used) => (used.log.includes("stuck") ? used.query("stuck") : used.query("rollback")),
  });
  return { connections, driver };
}

test("a statement runs in a transaction of its own, and its connection goes back", async () => {
  const connection = new Connection();
  expect(await pool(connection).driver.run("one", {})).toEqual([["one"]]);
  expect(connection.log).toEqual(["begin", "one", "commit", "released"]);
});

test("what is undone leaves no trace", async () => {
  const connection = new Connection();
  await pool(connection).driver.transaction(function* () {
    yield { statement: "one", given: {} };
    return { result: undefined, undo: true };
  });
  expect(connection.log).toEqual(["begin", "one", "rollback", "released"]);
});

test("a statement that fails is rolled back, and its error is translated", async () => {
  const connection = new Connection();
  await expect(pool(connection).driver.run("wrong", {})).rejects.toMatchObject({ code: "database.failed" });
  expect(connection.log).toEqual(["begin", "wrong", "rollback", "released"]);
});

test("a connection that is lost is ended, and not asked to roll back", async () => {
  const connection = new Connection();
  await expect(pool(connection).driver.run("lost", {})).rejects.toThrow();
  expect(connection.log).toEqual(["begin", "lost", "ended"]);
});

test("a connection that cannot be rolled back is not used again", async () => {
  const connection = new Connection();
  await expect(pool(connection).driver.run("stuck", {})).rejects.toThrow("stuck");
  expect(connection.log).toEqual(["begin", "stuck", "stuck", "ended"]);
});

test("a connection that has something open at the end, or was lost by an event, is not used again", async () => {
  const open = new Connection();
  await pool(open, { isClean: () => false }).driver.run("one", {});
  expect(open.log.at(-1)).toBe("ended");

  const told = new Connection();
  let stopped = false;
  const onLost = (_: Connection, lost: () => void) => {
    lost();
    return () => {
      stopped = true;
    };
  };
  await pool(told, { onLost }).driver.run("one", {});
  expect(told.log.at(-1)).toBe("ended");
  expect(stopped).toBe(false);
});

test("nobody waits for a statement that hangs once the signal has fired", async () => {
  const connection = new Connection();
  const stop = new AbortController();
  const running = pool(connection).driver.run("hang", {}, stop.signal);
  await expect.poll(() => connection.log).toContain("hang");
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "operation.aborted" });
  expect(connection.log).toEqual(["begin", "hang", "ended"]);
});

test("where it can be asked to end, the statement is; its connection is not used again", async () => {
  const connection = new Connection();
  const stop = new AbortController();
  const interrupt = (used: Connection) => {
    used.log.push("interrupt");
    used.fail(new Error("cancelled"));
  };
  const running = pool(connection, { interrupt }).driver.run("hang", {}, stop.signal);
  await expect.poll(() => connection.log).toContain("hang");
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "operation.aborted" });
  expect(connection.log).toEqual(["begin", "hang", "interrupt", "rollback", "ended"]);
});

test("a connection that comes after the signal has fired goes back unused", async () => {
  const connection = new Connection();
  const stop = new AbortController();
  let come: (coming: Connection) => void = () => {};
  const acquire = () => new Promise<Connection>((resolve) => (come = resolve));
  const running = pool(connection, { acquire }).driver.run("one", {}, stop.signal);
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "operation.aborted" });
  come(connection);
  await expect.poll(() => connection.log).toEqual(["released"]);
});

test("a server that is silent beyond the deadline is unavailable", async () => {
  const connection = new Connection(true);
  const running = pool(connection, { deadlineMs: 1 }).driver.run("one", {});
  await expect(running).rejects.toMatchObject({ code: "database.unavailable" });
  expect(connection.log).toEqual(["begin", "ended"]);
});

test("nothing is acquired for a signal that has fired already", async () => {
  const connection = new Connection();
  await expect(pool(connection).driver.run("one", {}, AbortSignal.abort())).rejects.toMatchObject({
    code: "operation.aborted",
  });
  expect(connection.log).toEqual([]);
});
