import oracledb from "oracledb";
import { afterEach, describe, expect, test } from "vitest";
import type { TnsColumn } from "./call.ts";
import { startTnsServer } from "./server.ts";
import { closeAll, connect, one, startServer } from "./sessions.ts";

afterEach(closeAll);

describe("binds", () => {
  test("come with their types and their exact values", async () => {
    const server = await startServer(() => one);
    const connection = await connect(server);
    await connection.execute(
      "SELECT :word, :big, :small, :negative, :none, :empty, :bytes, :exact, ':no', q'[:no]' FROM dual -- :no",
      {
        word: "ü😀",
        big: 9223372036854775807n,
        small: 0.000012,
        negative: { val: -1234.5, type: oracledb.DB_TYPE_NUMBER },
        none: { val: null, type: oracledb.DB_TYPE_NUMBER },
        empty: "",
        bytes: Buffer.of(0, 255),
        exact: { val: -0.1, type: oracledb.DB_TYPE_BINARY_DOUBLE },
      },
    );
    const [call] = server.calls;
    expect(call).toMatchObject({ kind: "execute", isQuery: true, isPlsql: false, commit: false });
    expect(call?.rows).toEqual([
      {
        word: "ü😀",
        big: "9223372036854775807",
        small: 0.000012,
        negative: -1234.5,
        none: null,
        empty: null,
        bytes: Buffer.of(0, 255),
        exact: -0.1,
      },
    ]);
    expect(call?.binds.slice(0, 2)).toEqual([
      { name: "word", type: "VARCHAR2", size: 6, elements: 0 },
      { name: "big", type: "NUMBER", size: 22, elements: 0 },
    ]);
  });

  test("of several packets, and with a large object, come whole; the object is let go of", async () => {
    const server = await startServer();
    const connection = await connect(server);
    const long = "ü😀".repeat(5_000);
    await connection.execute("BEGIN keep(:long, :clob); END;", {
      long,
      clob: { val: long, type: oracledb.DB_TYPE_CLOB },
    });
    expect(server.calls[0]?.rows).toEqual([{ long, clob: long }]);
    expect(server.lobs).toBe(1);
    await connection.ping();
    expect(server.lobs).toBe(0);
  });

  test("in an array are one row for each execution, and their counts come back", async () => {
    const server = await startServer(({ rows }) => ({ rowCount: 3, rowCounts: rows.map(({ n }) => Number(n)) }));
    const connection = await connect(server);
    const result = await connection.executeMany(
      "UPDATE t SET a = 1 WHERE n = :n OR m = :m",
      [
        { n: 1, m: "a" },
        { n: 2, m: null },
      ],
      { dmlRowCounts: true, bindDefs: { n: { type: oracledb.NUMBER }, m: { type: oracledb.STRING, maxSize: 9 } } },
    );
    expect(server.calls[0]?.rows).toEqual([
      { n: 1, m: "a" },
      { n: 2, m: null },
    ]);
    expect(result).toMatchObject({ rowsAffected: 3, dmlRowCounts: [1, 2] });
  });

  test("of a block may be arrays, and come out as such, also the next time", async () => {
    const server = await startServer(({ rows }) => ({
      out: { sum: 7n, words: ["a", "ü", null], none: [], said: `${rows.length}` },
    }));
    const connection = await connect(server);
    const binds = {
      numbers: { dir: oracledb.BIND_IN, type: oracledb.NUMBER, val: [1, 2, 4], maxArraySize: 10 },
      sum: { dir: oracledb.BIND_OUT, type: oracledb.NUMBER },
      words: { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxArraySize: 3, maxSize: 10 },
      none: { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxArraySize: 3, maxSize: 10 },
      said: { dir: oracledb.BIND_INOUT, type: oracledb.STRING, maxSize: 10, val: "in" },
    };
    const block = "BEGIN :sum := total(:numbers, :words, :none, :said); :sum := :sum; END;";
    for (let run = 0; run < 2; run++) {
      const { outBinds } = await connection.execute(block, binds);
      expect(outBinds).toEqual({ sum: 7, words: ["a", "ü", null], none: [], said: "1" });
    }
    expect(server.calls.map(({ isPlsql, rows }) => [isPlsql, rows[0]?.numbers])).toEqual([
      [true, [1, 2, 4]],
      [true, [1, 2, 4]],
    ]);
  });

  test("that come back must fit into what was declared, or it is the double's error", async () => {
    const server = await startTnsServer(() => ({ out: { word: "longer" } }));
    const connection = await oracledb.getConnection(server.config);
    const word = { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxSize: 5 };
    await expect(connection.execute("BEGIN :word := 'longer'; END;", { word })).rejects.toMatchObject({
      code: "NJS-500",
    });
    await expect(server.close()).rejects.toThrow("does not fit into a bind of 5");
  });

  test("of RETURNING have a value for each row of each execution", async () => {
    const server = await startServer(({ rows }) => ({
      rowCount: rows.length,
      returning: rows.map(({ n }) => [[String(n), "9007199254740993"]]),
    }));
    const connection = await connect(server);
    const id = { dir: oracledb.BIND_OUT, type: oracledb.STRING, maxSize: 20 };
    const text = "UPDATE t SET a = 1 WHERE n = :n RETURNING id INTO :id";
    expect((await connection.execute(text, { n: 1, id })).outBinds).toEqual({ id: ["1", "9007199254740993"] });
    const many = await connection.executeMany(text, [{ n: 1 }, { n: 2 }], {
      bindDefs: { n: { type: oracledb.NUMBER }, id },
    });
    expect(many.outBinds).toEqual([{ id: ["1", "9007199254740993"] }, { id: ["2", "9007199254740993"] }]);
    expect(server.calls[0]?.rows).toEqual([{ n: 1 }]);
  });
});

const long = "ü😀".repeat(20_000);

describe("the driver reads a value, and its absence, of", () => {
  test.each([
    ["NUMBER", -0.001, -0.001],
    ["NUMBER(19)", "-9007199254740993", -9007199254740992],
    ["NUMBER(10,2)", 1e20, 1e20],
    ["VARCHAR2(400)", "ü😀", "ü😀"],
    ["NVARCHAR2(400)", "ü😀", "ü😀"],
    ["CHAR(3)", "a  ", "a  "],
    ["LONG", long, long],
    ["RAW(16)", Buffer.of(0, 255), Buffer.of(0, 255)],
    ["BINARY_DOUBLE", -0.1, -0.1],
    ["BINARY_FLOAT", 0.5, 0.5],
    ["DATE", "1899-12-31T23:59:59", new Date(1899, 11, 31, 23, 59, 59)],
    ["TIMESTAMP(6)", "2026-01-02T03:04:05.678901", new Date(2026, 0, 2, 3, 4, 5, 678)],
    ["TIMESTAMP(6) WITH TIME ZONE", "2026-01-02T01:04:05.5+02:00", new Date("2026-01-01T23:04:05.500Z")],
    ["TIMESTAMP(3) WITH LOCAL TIME ZONE", "2026-01-02T03:04:05Z", new Date("2026-01-02T03:04:05Z")],
  ])("%s", async (type, written, read) => {
    const server = await startServer(() => ({ columns: [{ name: "V", type }], rows: [[written], [null]] }));
    const connection = await connect(server);
    const { rows } = await connection.execute("SELECT v FROM t");
    expect(rows).toEqual([[read], [null]]);
  });

  test.each([
    ["INTERVAL DAY TO SECOND", "-P1DT2H3M4.5S", { days: -1, hours: -2, minutes: -3, seconds: -4, fseconds: -5e8 }],
    ["INTERVAL YEAR TO MONTH", "P1Y2M", { years: 1, months: 2 }],
  ])("%s", async (type, written, read) => {
    const server = await startServer(() => ({ columns: [{ name: "V", type }], rows: [[written]] }));
    const connection = await connect(server);
    const { rows = [] } = await connection.execute<unknown[]>("SELECT v FROM t");
    expect({ ...(rows[0]?.[0] as object) }).toEqual(read);
  });

  test.each([
    ["CLOB", oracledb.DB_TYPE_VARCHAR, long, long],
    ["BLOB", oracledb.DB_TYPE_RAW, Buffer.alloc(9_000, 7), Buffer.alloc(9_000, 7)],
  ])("%s, as itself or at once", async (type, at, written, read) => {
    const server = await startServer(() => ({ columns: [{ name: "V", type }], rows: [[written], [null]] }));
    const connection = await connect(server);
    for (let run = 0; run < 2; run++) {
      const { rows } = await connection.execute("SELECT v FROM t", {}, { fetchTypeHandler: () => ({ type: at }) });
      expect(rows).toEqual([[read], [null]]);
    }
    const { rows = [] } = await connection.execute<oracledb.Lob[]>("SELECT v FROM t");
    expect(await rows[0]?.[0]?.getData()).toEqual(read);
  });
});

describe("a query", () => {
  const columns: readonly TnsColumn[] = [
    { name: "ID", type: "NUMBER(19)" },
    { name: "made", type: "TIMESTAMP(6) WITH TIME ZONE" },
    { name: "TEXT", type: "CLOB" },
  ];

  test("is described without being run, and then run", async () => {
    const server = await startServer(() => ({ columns, rows: [["1", null, null]] }));
    const connection = await connect(server);
    const { metaData } = await connection.getStatementInfo("SELECT :x FROM t");
    expect(metaData?.map(({ name, dbTypeName, precision, scale }) => [name, dbTypeName, precision, scale])).toEqual([
      ["ID", "NUMBER", 19, 0],
      ["made", "TIMESTAMP WITH TIME ZONE", 6, undefined],
      ["TEXT", "CLOB", undefined, undefined],
    ]);
    expect((await connection.execute("SELECT :x FROM t", { x: 1 })).rows).toHaveLength(1);
    expect(server.calls.map(({ kind, rows }) => [kind, rows])).toEqual([
      ["describe", []],
      ["execute", [{ x: 1 }]],
    ]);
  });

  test("gives all of its rows, whatever a round trip holds, each time that it is run", async () => {
    const all = Array.from({ length: 250 }, (_, index) => [index, "x".repeat(100)]);
    const server = await startServer(() => ({
      columns: [
        { name: "N", type: "NUMBER(10)" },
        { name: "S", type: "VARCHAR2(100)" },
      ],
      rows: all,
    }));
    const connection = await connect(server);
    for (const size of [1, 50, 250, 1_000]) {
      const sizes = { prefetchRows: size, fetchArraySize: size };
      expect((await connection.execute("SELECT n, s FROM t", [], sizes)).rows).toEqual(all);
    }
  });

  test("may have other columns the next time", async () => {
    let type = "NUMBER(10)";
    const server = await startServer(() => ({ columns: [{ name: "V", type }], rows: [["1"]] }));
    const connection = await connect(server);
    expect((await connection.execute("SELECT v FROM t")).rows).toEqual([[1]]);
    type = "VARCHAR2(10)";
    expect((await connection.execute("SELECT v FROM t")).rows).toEqual([["1"]]);
  });

  test("whose answer has no columns is the double's error, not a wrong answer", async () => {
    const server = await startTnsServer();
    const connection = await oracledb.getConnection(server.config);
    await expect(connection.execute("SELECT v FROM t")).rejects.toMatchObject({ code: "NJS-500" });
    await expect(server.close()).rejects.toThrow("A query needs columns");
  });
});
