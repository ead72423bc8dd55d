import type { Change } from "@syncline/core/spi";
import sql from "mssql";
import { expect, test } from "vitest";
import { sqlServerRecorder } from "../../recorder.ts";
import { startTdsServer } from "../tds/server.ts";
import { answering, applicationPool, closeAfterTest, namesOf } from "./wire-session.ts";

const key = '{"orderId":"9223372036854775807"}';
const change: Change = { category: "order", condition: { orderId: "9223372036854775807" }, key, operation: "upsert" };

async function openTransaction(answers: Parameters<typeof answering>[0] = {}, begun = true) {
  const server = closeAfterTest(await startTdsServer(answering(answers)));
  const pool = await applicationPool(server);
  const transaction = pool.transaction();
  if (begun) await transaction.begin(sql.ISOLATION_LEVEL.SERIALIZABLE);
  return { server, pool, transaction, recorder: sqlServerRecorder() };
}

test("is one statement with one parameter in the caller's transaction, whatever the number of changes", async () => {
  const { server, transaction, recorder } = await openTransaction();
  await recorder.record(transaction, Array<Change>(1_000).fill(change));
  expect(namesOf(server)).toEqual(["begin", "record-changes"]);
  const [begin, record] = server.calls;
  expect(begin?.isolation).toBe("serializable");
  expect(record).toMatchObject({ kind: "query", inTransaction: true });
  expect(record?.parameters).toMatchObject([{ name: "changes", type: "nvarchar(max)" }]);
  await transaction.commit();
  const sent: unknown[] = JSON.parse(String(record?.parameters[0]?.value));
  expect(sent).toHaveLength(1_000);
  expect(sent[0]).toMatchObject({ c: "order", k: key, o: "upsert" });
});

test("has one text and one declaration, so the server keeps one plan", async () => {
  const { server, transaction, recorder } = await openTransaction();
  await recorder.record(transaction, [change]);
  await recorder.record(transaction, [change, { ...change, operation: "delete" }]);
  const [, first, second] = server.calls;
  expect(first?.sql).toBe(second?.sql);
  for (const call of [first, second]) expect(call?.parameters).toMatchObject([{ type: "nvarchar(max)" }]);
  await transaction.rollback();
});

test("works on a request that was made of the transaction", async () => {
  const { server, transaction, recorder } = await openTransaction();
  await recorder.record(transaction.request(), [change]);
  expect(server.calls.at(-1)).toMatchObject({ kind: "query", inTransaction: true });
  await transaction.commit();
});

test("on a transaction that has not begun sends nothing", async () => {
  const { server, transaction, recorder } = await openTransaction({}, false);
  await expect(recorder.record(transaction, [change])).rejects.toMatchObject({ code: "recorder.connection" });
  expect(server.calls).toEqual([]);
});

test("on a transaction that is over sends nothing", async () => {
  const { server, transaction, recorder } = await openTransaction();
  await transaction.commit();
  await expect(recorder.record(transaction, [change])).rejects.toMatchObject({ code: "recorder.connection" });
  expect(namesOf(server)).toEqual(["begin", "commit"]);
});

test("beside another statement of the transaction says that it runs one at a time", async () => {
  const { transaction, recorder } = await openTransaction();
  const outcomes = await Promise.allSettled([
    recorder.record(transaction, [change]),
    recorder.record(transaction, [change]),
  ]);
  expect(outcomes).toMatchObject([{ status: "fulfilled" }, { reason: { code: "recorder.connection" } }]);
  await transaction.commit();
});

test.each([
  [208, "Invalid object name 'syncline.change'.", "database.schema", false],
  [1205, "Transaction was deadlocked on lock resources.", "database.busy", true],
  [1222, "Lock request time out period exceeded.", "database.busy", true],
  [229, "The INSERT permission was denied on the object 'change'.", "database.failed", false],
] as const)("that fails with error %i is told apart", async (number, message, code, retryable) => {
  const failing = { "record-changes": { error: { number, message, rollsBack: number === 1205 } } };
  const { transaction, recorder } = await openTransaction(failing);
  const failure = await recorder.record(transaction, [change]).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, retryable, message: expect.stringContaining(message.slice(0, -1)) });
  if (number !== 1205) await transaction.rollback();
});

test("after the server has rolled back is refused, and not begun anew behind the caller's back", async () => {
  const failing = { "record-changes": { error: { number: 1205, message: "Deadlock.", rollsBack: true } } };
  const { server, transaction, recorder } = await openTransaction(failing);
  await expect(recorder.record(transaction, [change])).rejects.toMatchObject({ code: "database.busy" });
  await expect(recorder.record(transaction, [change])).rejects.toMatchObject({ code: "recorder.connection" });
  expect(namesOf(server)).toEqual(["begin", "record-changes"]);
});

test("on a connection that is lost is database.unavailable", async () => {
  const { transaction, recorder } = await openTransaction({ "record-changes": "drop" });
  await expect(recorder.record(transaction, [change])).rejects.toMatchObject({ code: "database.unavailable" });
  // The driver lends a connection to a transaction until that ends, lost or not.
  await expect(transaction.rollback()).rejects.toThrow();
});
