import { category } from "@syncline/core/spi";
import sql from "mssql";
import { describe, expect, test, vi } from "vitest";
import { type SqlServerTransaction, sqlServerRecorder } from "./recorder.ts";

const order = category("order", { orderId: "bigint" });
const changes = [order.changed({ orderId: 1n }), order.deleted({ orderId: 2n })];
const recorder = sqlServerRecorder();

/**
 * A stand-in at the driver's seam: it has a transaction's methods, and keeps what a request is given. What the real driver
 * makes of it on the wire is tested elsewhere.
 */
function standIn() {
  const calls: { readonly inputs: unknown[]; readonly text: string }[] = [];
  const other = { begin: vi.fn(), commit: vi.fn(), rollback: vi.fn() };
  const request = () => {
    const inputs: unknown[] = [];
    return {
      parent: transaction,
      input: (...input: unknown[]) => inputs.push(input),
      query: async (text: string) => {
        calls.push({ inputs, text });
        return { recordsets: [] };
      },
    };
  };
  const transaction = { ...other, request };
  return { transaction: transaction as unknown as SqlServerTransaction, request, calls, other };
}

describe("record()", () => {
  test("is one statement with one parameter of a type of its own, and nothing else on the transaction", async () => {
    const { transaction, calls, other } = standIn();
    await recorder.record(transaction, changes);
    expect(calls).toEqual([
      {
        inputs: [
          [
            "changes",
            expect.objectContaining({ type: sql.NVarChar, length: sql.MAX }),
            '[{"n":0,"c":"order","k":"{\\"orderId\\":\\"1\\"}","o":"upsert"},{"n":1,"c":"order","k":"{\\"orderId\\":\\"2\\"}","o":"delete"}]',
          ],
        ],
        text: expect.stringMatching(/^SET ROWCOUNT 0;\nINSERT INTO \[syncline\]\.change .*OPENJSON\(@changes\)/s),
      },
    ]);
    for (const method of Object.values(other)) expect(method).not.toHaveBeenCalled();
  });

  test("takes a request that was made of the transaction, and leaves that request as it is", async () => {
    const { request, calls } = standIn();
    const given = request();
    await recorder.record(given as unknown as SqlServerTransaction, changes);
    expect(calls).toHaveLength(1);
    await given.query("the application's own");
    expect(calls[1]?.inputs).toEqual([]);
  });

  test("has the same text for one change as for many, and for any schema its own", async () => {
    const { transaction, calls } = standIn();
    await recorder.record(transaction, changes.slice(0, 1));
    await recorder.record(transaction, changes);
    await sqlServerRecorder({ schema: "sync" }).record(transaction, changes);
    expect(calls[0]?.text).toBe(calls[1]?.text);
    expect(calls[2]?.text).toContain("[sync].change");
  });

  test("works without its object", async () => {
    const { transaction, calls } = standIn();
    const { record } = recorder;
    await record(transaction, changes);
    expect(calls).toHaveLength(1);
  });

  const pool = new sql.ConnectionPool({ server: "127.0.0.1" });
  // Whether it is connected is the first thing that the driver asks.
  Reflect.set(pool, "_connected", true);
  test.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /needs a Transaction/],
    ["an object that is none", {}, /needs a Transaction/],
    ["a pool", pool, /got a pool/],
    ["a request of a pool", pool.request(), /got a pool/],
    ["a transaction that was not begun", new sql.Transaction(pool), /has begun/],
    ["a request of one", new sql.Request(new sql.Transaction(pool)), /has begun/],
  ])("refuses %s", async (_, tx, message) => {
    const recording = recorder.record(tx as SqlServerTransaction, changes);
    await expect(recording).rejects.toMatchObject({
      code: "recorder.connection",
      message: expect.stringMatching(message),
    });
  });
});

test("a schema that is none is refused", () => {
  expect(() => sqlServerRecorder({ schema: "a b" })).toThrow(expect.objectContaining({ code: "config.invalid" }));
});
