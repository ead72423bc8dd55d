import oracledb from "oracledb";
import { afterEach, describe, expect, test } from "vitest";
import { startTnsServer } from "./server.ts";
import { closeAll, connect, one, opened, startServer } from "./sessions.ts";

afterEach(closeAll);

describe("a login", () => {
  test("tells the driver which version it speaks with", async () => {
    const connection = await connect(await startServer());
    expect(connection.oracleServerVersion).toBe(1903000000);
    await connection.close();
  });

  test("with a wrong password is refused, as is a wrong user", async () => {
    const server = await startServer();
    for (const wrong of [{ password: "another" }, { user: "another" }])
      await expect(oracledb.getConnection({ ...server.config, ...wrong })).rejects.toMatchObject({
        code: "ORA-01017",
        errorNum: 1017,
      });
  });

  test("can be refused for another reason, until it no longer is", async () => {
    const server = await startServer();
    server.refuseLogins({ number: 28000, message: "The account is locked." });
    await expect(connect(server)).rejects.toMatchObject({ code: "ORA-28000" });
    server.refuseLogins(undefined);
    await connect(server);
  });

  test("to a service that is not there is refused by the listener", async () => {
    const server = await startServer();
    const connectString = server.config.connectString.replace("double", "nothing");
    await expect(oracledb.getConnection({ ...server.config, connectString })).rejects.toMatchObject({
      code: "NJS-518",
    });
  });
});

describe("a transaction", () => {
  test("begins with what writes or locks, and ends with COMMIT, ROLLBACK or a statement that commits", async () => {
    const server = await startServer(({ isQuery }) => (isQuery ? one : undefined));
    const connection = await connect(server);
    const states: boolean[] = [];
    const run = async (sql: string, options: oracledb.ExecuteOptions = {}) => {
      await connection.execute(sql, [], options);
      states.push(connection.transactionInProgress === true);
    };
    await run("SELECT n FROM t");
    await run("SELECT n FROM t FOR UPDATE");
    await connection.rollback();
    await run("INSERT INTO t VALUES (1)");
    await connection.commit();
    await run("UPDATE t SET n = 1", { autoCommit: true });
    await run("BEGIN p; END;");
    await run("SELECT n FROM t");
    await run("ALTER SESSION SET TIME_ZONE = 'UTC'");
    await run("CREATE TABLE u (n NUMBER)");
    await run("SET TRANSACTION READ ONLY");
    expect(states).toEqual([false, true, true, false, true, true, true, false, true]);
    expect(server.calls.map(({ kind }) => kind).filter((kind) => kind !== "execute")).toEqual(["rollback", "commit"]);
    expect(server.calls[5]).toMatchObject({ sql: "UPDATE t SET n = 1", commit: true });
    expect(server.calls.at(-1)).toMatchObject({ inTransaction: false });
  });

  test("that is open when a connection goes back to its pool is rolled back by the driver", async () => {
    const server = await startServer();
    const pool = await oracledb.createPool({ ...server.config, poolMin: 0, poolMax: 1 });
    opened.push({ close: () => pool.close(0) });
    const connection = await pool.getConnection();
    await connection.execute("INSERT INTO t VALUES (1)");
    await connection.close();
    expect(server.calls.map(({ kind }) => kind)).toEqual(["execute", "rollback"]);
  });
});

describe("an error", () => {
  test("of a statement is the driver's own, with its place in the text", async () => {
    const server = await startServer(({ sql }) =>
      sql.includes("gone") ? { error: { number: 942, message: "table or view does not exist", offset: 14 } } : one,
    );
    const connection = await connect(server);
    for (let run = 0; run < 2; run++)
      await expect(connection.execute("SELECT n FROM gone")).rejects.toMatchObject({
        code: "ORA-00942",
        errorNum: 942,
        offset: 14,
        message: expect.stringMatching(/^ORA-00942: table or view does not exist/),
      });
    expect((await connection.execute("SELECT n FROM here")).rows).toEqual([[1]]);
  });

  test("of single rows of a batch names each", async () => {
    const server = await startServer(() => ({
      rowCount: 1,
      batchErrors: [
        { row: 1, number: 1, message: "unique constraint violated" },
        { row: 2, number: 1400, message: "cannot insert NULL" },
      ],
    }));
    const connection = await connect(server);
    const { batchErrors, rowsAffected } = await connection.executeMany("INSERT INTO t VALUES (:n)", [[1], [1], [2]], {
      batchErrors: true,
    });
    expect(rowsAffected).toBe(1);
    expect(batchErrors?.map(({ offset, message }) => [offset, message])).toEqual([
      [1, "ORA-00001: unique constraint violated"],
      [2, "ORA-01400: cannot insert NULL"],
    ]);
    expect(server.calls[0]?.batchErrors).toBe(true);
  });

  test("of a commit leaves the transaction open", async () => {
    const server = await startServer(({ kind }) =>
      kind === "commit" ? { error: { number: 2091, message: "transaction rolled back" } } : undefined,
    );
    const connection = await connect(server);
    await connection.execute("INSERT INTO t VALUES (1)");
    await expect(connection.commit()).rejects.toMatchObject({ code: "ORA-02091" });
    expect(connection.transactionInProgress).toBe(true);
  });

  test("in what was created is a warning", async () => {
    const connection = await connect(await startServer(() => ({ invalid: true })));
    const { warning } = await connection.execute("CREATE PROCEDURE p AS BEGIN nothing; END;");
    expect(warning).toMatchObject({ code: "NJS-700" });
  });
});

describe("a call that does not end", () => {
  test.each(["execute", "commit"] as const)("%s is broken off, and the connection is as good as new", async (kind) => {
    const server = await startServer((call) => (call.kind === kind && !call.isQuery ? "silence" : one));
    const connection = await connect(server);
    const coming = kind === "execute" ? connection.execute("BEGIN sleep; END;") : connection.commit();
    await expect.poll(() => server.calls.length).toBe(1);
    await connection.break();
    await expect(coming).rejects.toMatchObject({ code: "ORA-01013" });
    expect(server.calls[0]?.signal.aborted).toBe(true);
    expect((await connection.execute("SELECT n FROM t")).rows).toEqual([[1]]);
  });

  test("runs into the connection's time limit", async () => {
    const server = await startServer(({ isPlsql }) => (isPlsql ? "silence" : one));
    const connection = await connect(server);
    connection.callTimeout = 20;
    await expect(connection.execute("BEGIN sleep; END;")).rejects.toMatchObject({ code: "NJS-123" });
    expect((await connection.execute("SELECT n FROM t")).rows).toEqual([[1]]);
  });

  test("and a break while nothing runs, which ends the next call", async () => {
    const server = await startServer(() => one);
    const connection = await connect(server);
    await connection.break();
    await expect(connection.execute("SELECT n FROM t")).rejects.toMatchObject({ code: "ORA-01013" });
    expect((await connection.execute("SELECT n FROM t")).rows).toEqual([[1]]);
    // What was sent between the break and the reset has not run.
    expect(server.calls).toHaveLength(1);
  });
});

describe("a lost connection", () => {
  test.each(["execute", "commit", "rollback", "ping"] as const)("fails %s under way", async (kind) => {
    const server = await startServer((call) => (call.kind === kind ? "drop" : undefined));
    const connection = await connect(server);
    const make = () => (kind === "execute" ? connection.execute("BEGIN p; END;") : connection[kind]());
    await expect(make()).rejects.toMatchObject({ code: "NJS-500", isRecoverable: true });
    expect(connection.isHealthy()).toBe(false);
  });

  test("while it is idle is noticed by its pool, which makes another", async () => {
    const server = await startServer(() => one);
    const pool = await oracledb.createPool({ ...server.config, poolMin: 0, poolMax: 1 });
    opened.push({ close: () => pool.close(0) });
    await (await pool.getConnection()).close();
    server.dropAll();
    await expect.poll(() => server.connections).toBe(0);
    const connection = await pool.getConnection();
    await connection.execute("SELECT n FROM t");
    expect(server.calls.at(-1)?.connection).toBe(2);
    await connection.close();
  });
});

test("what the double cannot do is an error when it is closed, not a wrong answer", async () => {
  const server = await startTnsServer(() => one);
  const connection = await oracledb.getConnection(server.config);
  await expect(
    connection.execute("SELECT :flag FROM dual", { flag: { val: { a: 1 }, type: oracledb.DB_TYPE_JSON } }),
  ).rejects.toThrow();
  await expect(server.close()).rejects.toThrow("JSON");
});
