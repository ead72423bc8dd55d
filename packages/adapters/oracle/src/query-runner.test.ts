import { inspect } from "node:util";
import type { QueryLimits } from "@syncline/core/spi";
import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import type { OracleBinds, OracleColumn } from "./driver.ts";
import { createQueryRunner } from "./query-runner.ts";
import { fetchedRows, oracleError, type Script, scriptedSource } from "./testing/scripted-source.ts";

const limits: QueryLimits = { timeoutMs: 30_000, maxRows: 10, numbers: "string" };
const never = new AbortController().signal;
const id: OracleColumn = { name: "id", dbType: oracledb.DB_TYPE_NUMBER, precision: 9, scale: 0 };
const name: OracleColumn = { name: "name", dbType: oracledb.DB_TYPE_VARCHAR };
const day: OracleColumn = { name: "day", dbType: oracledb.DB_TYPE_DATE };
const moment: OracleColumn = { name: "moment", dbType: oracledb.DB_TYPE_TIMESTAMP_TZ };
const asText = (column: OracleColumn): OracleColumn => ({ ...column, dbType: oracledb.DB_TYPE_VARCHAR });

/** A database in which every statement has these columns and rows. */
function yielding(columns: () => readonly OracleColumn[], rows: readonly (readonly unknown[])[]): Script {
  return ({ call, text, options }) => {
    if (call === "describe") return { metaData: [...columns()] };
    if (!text.startsWith("SELECT")) return undefined;
    const fetched = columns().map((column) => (text.includes(`AS "${column.name}"`) ? asText(column) : column));
    return fetchedRows(fetched, rows, options);
  };
}

function runnerOn(script: Script) {
  const source = scriptedSource(script);
  return { source, runner: createQueryRunner(source, { mayBeStandby: false, rowSecurity: "apply" }) };
}

const statement = (text = "SELECT x FROM t -- the end", ...parameters: readonly unknown[]) => ({ text, parameters });

describe("a read", () => {
  test("is one snapshot that cannot write, and is rolled back", async () => {
    const { source, runner } = runnerOn(yielding(() => [id, name], [["1", "a"]]));
    const results = await runner.run([statement(), statement()], limits, never);
    expect(results).toEqual([
      { columns: ["id", "name"], rows: [[1, "a"]] },
      { columns: ["id", "name"], rows: [[1, "a"]] },
    ]);
    expect(source.story()).toEqual([
      "execute SET TRANSACTION",
      "describe SELECT *",
      "execute SELECT *",
      "execute SELECT *",
      "rollback",
      "close",
    ]);
    expect(source.calls[0]?.text).toBe("SET TRANSACTION READ ONLY");
  });

  test("sends a text as a sub-query, whatever it ends in, with one row more than allowed", async () => {
    const { source, runner } = runnerOn(yielding(() => [id], []));
    await runner.run([statement()], limits, never);
    expect(source.calls[2]?.text).toBe(
      `SELECT * FROM (\nSELECT x FROM t -- the end\n) "syncline rows" WHERE ROWNUM <= :syncline_most`,
    );
    expect(source.calls[2]?.binds.syncline_most).toMatchObject({ val: 11 });
    expect(source.calls[2]?.options).toMatchObject({ autoCommit: false, maxRows: 11 });
  });

  test("refuses more rows than allowed", async () => {
    const rows = Array.from({ length: 11 }, (_, index) => [String(index)]);
    const { runner } = runnerOn(yielding(() => [id], rows));
    await expect(runner.run([statement()], limits, never)).rejects.toMatchObject({ code: "query.row-limit" });
    expect(
      (await runnerOn(yielding(() => [id], rows.slice(1))).runner.run([statement()], limits, never))[0]?.rows,
    ).toHaveLength(10);
  });

  test("lets the server write times, and reads them as ISO 8601", async () => {
    const rows = [["1", " 2024-02-29T00:00:00", " 2024-01-02T03:04:05.678901000"]];
    const { source, runner } = runnerOn(yielding(() => [id, day, moment], rows));
    const [result] = await runner.run([statement()], limits, never);
    expect(result).toEqual({
      columns: ["id", "day", "moment"],
      rows: [[1, "2024-02-29", "2024-01-02T03:04:05.678901Z"]],
    });
    expect(
      source.calls[2]?.text,
    ).toBe(`SELECT "syncline rows"."id", TO_CHAR("syncline rows"."day", 'SYYYY-MM-DD"T"HH24:MI:SS') AS "day", TO_CHAR(SYS_EXTRACT_UTC(CAST("syncline rows"."moment" AS TIMESTAMP(9) WITH TIME ZONE)), 'SYYYY-MM-DD"T"HH24:MI:SS.FF9') AS "moment" FROM (
SELECT x FROM t -- the end
) "syncline rows" WHERE ROWNUM <= :syncline_most`);
  });

  test("finds out when a column has become a time since its text was described", async () => {
    let columns: readonly OracleColumn[] = [name];
    const { source, runner } = runnerOn(yielding(() => columns, [["x"]]));
    await runner.run([statement()], limits, never);
    columns = [{ ...day, name: "name" }];
    await runner.run([statement()], limits, never);
    expect(source.story().filter((each) => each.startsWith("describe"))).toHaveLength(2);
    expect(source.calls.at(-3)?.text).toContain("TO_CHAR");
  });

  test("describes a text anew after an error", async () => {
    let failing = false;
    const good = yielding(() => [name], [["x"]]);
    const { source, runner } = runnerOn((call) =>
      failing && call.text.startsWith("SELECT *") && call.call === "execute"
        ? oracleError("ORA-01722: invalid number")
        : good(call),
    );
    await runner.run([statement()], limits, never);
    failing = true;
    await expect(runner.run([statement()], limits, never)).rejects.toMatchObject({ code: "query.data" });
    failing = false;
    await runner.run([statement()], limits, never);
    expect(source.story().filter((each) => each.startsWith("describe"))).toHaveLength(2);
  });

  test("binds a long text as a LOB, and everything else as a text", async () => {
    const { source, runner } = runnerOn(yielding(() => [id], []));
    await runner.run([statement("SELECT x FROM t", "e".repeat(4_000), "e".repeat(4_001), null)], limits, never);
    const binds: OracleBinds = source.calls[2]?.binds ?? {};
    expect([binds.p1, binds.p2, binds.p3]).toMatchObject([
      { type: oracledb.DB_TYPE_VARCHAR },
      { type: oracledb.DB_TYPE_CLOB },
      { type: oracledb.DB_TYPE_VARCHAR, val: null },
    ]);
  });

  test.each([
    [[name, name], "name"],
    [[{ ...name, name: `'a'||"B"` }], "alias"],
    [[{ name: "where", dbType: oracledb.DB_TYPE_BFILE, dbTypeName: "BFILE" }], "BFILE"],
  ])("refuses columns that cannot be sent, by name", async (columns, said) => {
    const { runner } = runnerOn(yielding(() => columns, []));
    await expect(runner.run([statement()], limits, never)).rejects.toMatchObject({
      code: "query.invalid",
      message: expect.stringContaining(said),
    });
  });
});

test("what is described is another text than what runs, to the driver", async () => {
  const { source, runner } = runnerOn(yielding(() => [id], [[1]]));
  await runner.run([statement()], limits, never);
  const [described, run] = ["describe", "execute"].map(
    (call) => source.calls.findLast((each) => each.call === call)?.text,
  );
  expect(described).not.toBe(run);
  expect(described?.trim()).toBe(run);
});

test("a read refuses the key that the database's character set would alter: it would find another's row", async () => {
  const rowsOf = yielding(() => [id], [[1]]);
  const { source, runner } = runnerOn((call) =>
    call.text.includes("NLS_CHARACTERSET") ? { rows: [["WE8ISO8859P15"]] } : rowsOf(call),
  );
  const read = (key: string) => runner.run([statement("SELECT x FROM t", key)], limits, never);
  await read("plain");
  expect(source.calls.some(({ text }) => text.includes("NLS_CHARACTERSET"))).toBe(false);
  await read("größe €");
  await expect(read("日本")).rejects.toMatchObject({ code: "query.data", message: expect.stringContaining("U+65E5") });
  expect(source.calls.filter(({ text }) => text.includes("NLS_CHARACTERSET"))).toHaveLength(1);
});

describe("a read that takes too long", () => {
  const endless =
    (onStart: () => void): Script =>
    ({ call, text }) => {
      if (call === "describe") return { metaData: [id] };
      if (call === "break") end(oracleError("ORA-01013: user requested cancel of current operation"));
      if (!text.startsWith("SELECT")) return undefined;
      onStart();
      return new Promise((resolve) => {
        end = resolve;
      });
    };
  let end: (error: Error) => void = () => {};

  test("is ended at its limit, and its connection dropped", async () => {
    const { source, runner } = runnerOn(endless(() => {}));
    await expect(runner.run([statement()], { ...limits, timeoutMs: 20 }, never)).rejects.toMatchObject({
      code: "query.timeout",
    });
    expect(source.story().slice(-2)).toEqual(["break", "drop"]);
  });

  test("is ended when its signal fires, and its connection dropped", async () => {
    const abort = new AbortController();
    const { source, runner } = runnerOn(endless(() => abort.abort()));
    await expect(runner.run([statement()], limits, abort.signal)).rejects.toMatchObject({ code: "operation.aborted" });
    expect(source.story().slice(-2)).toEqual(["break", "drop"]);
  });

  test("is given up when the server does not answer at all", async () => {
    const abort = new AbortController();
    const { source, runner } = runnerOn(({ call, text }) => {
      if (call === "describe") return { metaData: [id] };
      if (!text.startsWith("SELECT")) return undefined;
      abort.abort();
      return new Promise(() => {});
    });
    await expect(runner.run([statement()], limits, abort.signal)).rejects.toMatchObject({ code: "operation.aborted" });
    expect(source.story().slice(-2)).toEqual(["break", "drop"]);
  });
});

test("no text of ours is run for no statements but the snapshot's own", async () => {
  const { source, runner } = runnerOn(() => undefined);
  expect(await runner.run([], limits, never)).toEqual([]);
  expect(source.story()).toEqual(["execute SET TRANSACTION", "rollback", "close"]);
});

describe("where the source may be a standby", () => {
  const fenced = (script: Script) => {
    const source = scriptedSource(script);
    return { source, runner: createQueryRunner(source, { mayBeStandby: true, rowSecurity: "refuse" }) };
  };

  test("a read waits until it has applied what the claim saw, in the round trip that begins it", async () => {
    const { source, runner } = fenced(yielding(() => [id], []));
    await runner.run([statement()], limits, never);
    expect(source.calls[0]?.text).toMatch(
      /'PHYSICAL STANDBY' THEN\n {4}EXECUTE IMMEDIATE 'ALTER SESSION SYNC WITH PRIMARY';\n[^;]*'PRIMARY' THEN\n {4}RAISE_/,
    );
    expect(source.calls[0]?.text).toMatch(/END IF;\n {2}SET TRANSACTION READ ONLY;\nEND;$/);
    expect(source.story().slice(1)).toEqual(["describe SELECT *", "execute SELECT *", "rollback", "close"]);
  });

  test.each([
    ["ORA-03173: Standby may not be synced with primary", "database.unavailable", "synchronously"],
    ["ORA-20999: A LOGICAL STANDBY does not say how far it is", "database.failed", "LOGICAL STANDBY"],
  ])("nothing is read if it cannot: %s", async (message, code, said) => {
    const { source, runner } = fenced(({ text }) => (text.startsWith("BEGIN") ? oracleError(message) : undefined));
    await expect(runner.run([statement()], limits, never)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said),
    });
    expect(source.calls.some(({ text }) => text.startsWith("SELECT"))).toBe(false);
  });
});

describe("what the server says", () => {
  const failing: Script = ({ call, text }) => {
    if (call === "describe")
      return text.includes("nowhere") ? oracleError(`ORA-00904: "IBAN": invalid identifier`) : { metaData: [id] };
    return text.startsWith("SELECT") ? oracleError("ORA-01722: IBAN DE89 is no number") : undefined;
  };
  const told = async (text: string, serverMessages?: boolean) => {
    const options = {
      mayBeStandby: false,
      rowSecurity: "apply",
      ...(serverMessages ? { serverMessages } : {}),
    } as const;
    const runner = createQueryRunner(scriptedSource(failing), options);
    return runner.run([statement(text)], limits, never).catch((error: unknown) => inspect(error, { depth: 9 }));
  };

  test("of a read that ran is kept only where asked for", async () => {
    expect(await told("SELECT 1 FROM t")).toMatch(/ORA-01722, a text is no number/);
    expect(await told("SELECT 1 FROM t")).not.toContain("IBAN");
    expect(await told("SELECT 1 FROM t", true)).toContain("IBAN DE89");
  });

  test("of a text that it only parses is kept: there is no row yet", async () => {
    expect(await told("SELECT nowhere FROM t")).toContain(`"IBAN": invalid identifier`);
  });
});
