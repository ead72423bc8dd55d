import type { Change } from "@syncline/core/spi";
import oracledb from "oracledb";
import { afterEach, describe, expect, test } from "vitest";
import type { OracleBinds } from "./driver.ts";
import { oracleRecorder } from "./recorder.ts";

/** At the driver's seam: what is asked of it. That the driver takes it is shown where a real one is used (`testing/`). */
class Connection {
  readonly calls: { readonly text: string; readonly rows: object[]; readonly options: OracleBinds }[] = [];

  async executeMany(text: string, rows: object[], options: OracleBinds) {
    this.calls.push({ text, rows, options });
    return { rowsAffected: rows.length };
  }
}

const change = (name: string, operation: Change["operation"] = "upsert"): Change => ({
  category: "customer",
  condition: { name },
  key: JSON.stringify({ name }),
  operation,
});

const recorder = oracleRecorder();

afterEach(() => {
  oracledb.autoCommit = false;
});

describe("record()", () => {
  test("writes in ASCII, which no character set of a database alters", async () => {
    const connection = new Connection();
    await recorder.record(connection, [change("日本 é 😀")]);
    expect(connection.calls[0]?.rows).toMatchObject([
      { condition: String.raw`{"name":"\u65e5\u672c \u00e9 \ud83d\ude00"}` },
    ]);
  });

  test.each([1, 2_000])("takes one statement for %i changes, and never commits", async (count) => {
    const connection = new Connection();
    const changes = Array.from({ length: count }, (_, index) => change(`n${index}`));
    await recorder.record(connection, changes);
    expect(connection.calls).toHaveLength(1);
    const [call] = connection.calls;
    expect(call?.text).toBe(
      "INSERT INTO syncline_change (category, condition, operation) VALUES (:category, :condition, :operation)",
    );
    expect(call?.options).toMatchObject({ autoCommit: false });
    expect(call?.rows).toHaveLength(count);
    expect(call?.rows.at(-1)).toEqual({
      category: "customer",
      condition: `{"name":"n${count - 1}"}`,
      operation: "upsert",
    });
  });

  test("says of a READ ONLY transaction what it is", async () => {
    const code = "ORA-01456";
    const connection = { executeMany: async () => Promise.reject(Object.assign(new Error(`${code}: x`), { code })) };
    const failed = { code: "recorder.connection", message: expect.stringContaining("READ ONLY") };
    await expect(recorder.record(connection, [change("a")])).rejects.toMatchObject(failed);
  });

  test("writes where it is told", async () => {
    const connection = new Connection();
    await oracleRecorder({ schema: "shop", prefix: "acme_" }).record(connection, [change("a")]);
    expect(connection.calls[0]?.text).toContain("INSERT INTO shop.acme_change ");
  });

  test("refuses a process whose statements commit by themselves", async () => {
    oracledb.autoCommit = true;
    const connection = new Connection();
    const recording = recorder.record(connection, [change("a")]);
    await expect(recording).rejects.toMatchObject({
      code: "recorder.connection",
      message: expect.stringContaining("oracledb.autoCommit"),
    });
    expect(connection.calls).toEqual([]);
  });

  test("refuses a pool", async () => {
    const pool = { getConnection: async () => new Connection(), executeMany: async () => ({}) };
    await expect(recorder.record(pool, [change("a")])).rejects.toMatchObject({
      code: "recorder.connection",
      message: expect.stringContaining("pool"),
    });
  });

  test.each([[undefined], [null], [{}], [42]])("refuses %j", async (wrong) => {
    await expect(recorder.record(wrong as never, [change("a")])).rejects.toMatchObject({ code: "recorder.connection" });
  });

  test("says in its own words what the database refused", async () => {
    const failing = {
      executeMany: async () => Promise.reject(Object.assign(new Error("ORA-00942: x"), { code: "ORA-00942" })),
    };
    await expect(recorder.record(failing, [change("a")])).rejects.toMatchObject({ code: "database.schema" });
  });
});

test("oracleRecorder() names everything that is wrong at once", () => {
  expect(() => oracleRecorder({ schema: "a b", prefix: "x" })).toThrow(
    expect.objectContaining({
      code: "config.invalid",
      problems: [
        expect.objectContaining({ at: "oracleRecorder.schema" }),
        expect.objectContaining({ at: "oracleRecorder.prefix" }),
      ],
    }),
  );
});
