import { testClaim, testDelivery } from "@syncline/testkit/makers";
import { expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import type { TdsResult } from "../tds/call.ts";
import { nameOf, namesOf, never, wireSession } from "./wire-session.ts";

const token = "0e984725-c51c-4bf4-9960-e1c80e27aba0";
const huge = "9223372036854775807";
const demand = [{ strategy: "crm", count: 10, strict: false }];
const lease = { token, durationMs: 60_000 };

const delivery = testDelivery({ strategy: "crm", key: '{"id":"1"}', firstRecordedAt: 1, lease });
const claim = testClaim({ strategy: "crm", key: '{"id":"1"}', id: huge, revision: huge, token, firstRecordedAt: 1 });

const route = () => ({ deliveries: [delivery], refused: [] });

function result(types: readonly string[], ...rows: TdsResult["rows"]) {
  return { results: [{ columns: types.map((type) => ({ name: "", type })), rows }] };
}

const changeColumns = [
  ...["bit", "bigint", "bigint", "nvarchar(128)", "nvarchar(4000)", "varchar(10)", "varchar(64)", "bigint"],
];

const answers = {
  "take-changes": result(changeColumns, [true, "7", huge, "order", '{"id":"1"}', "upsert", null, "1"]),
  "upsert-deliveries": result(["bigint", "bigint", "bigint", "int"], ["41", "1", "0", 1]),
  "claim-due": result(
    [...["bigint", "varchar(64)", "nvarchar(400)", "bigint", "bigint", "varchar(10)", "int", "int", "bigint"]],
    [huge, "crm", '{"id":"1"}', "0", huge, "upsert", 0, 0, "1"],
  ),
  "renew-leases": result(["bigint"], [huge]),
  "settle-deliveries": result(["int", "varchar(10)"]),
};

async function runAll() {
  const wire = await wireSession(answers);
  const { poller } = wire.session;
  const dispatched = await poller.dispatch(10, route, never);
  const claims = await poller.claim(demand, lease, never);
  const renewed = await poller.renew(claims, 60_000);
  const settled = await poller.settle(claims.map((each) => ({ claim: each, result: "accepted" }) as const));
  return { ...wire, dispatched, claims, renewed, settled };
}

test("a dispatch is four round trips in one transaction, everything else is one", async () => {
  const { server } = await runAll();
  expect(server.calls.map((call) => [nameOf(call), call.inTransaction])).toEqual([
    ["begin", false],
    ["take-changes", true],
    ["upsert-deliveries", true],
    ["commit", true],
    ["claim-due", false],
    ["renew-leases", false],
    ["settle-deliveries", false],
  ]);
  expect(server.calls[0]?.isolation).toBe("read committed");
});

test("every parameter goes with the type that its statement says", async () => {
  const { server } = await runAll();
  const statements = everyStatement("syncline");
  const sent = server.calls.filter(({ kind }) => kind === "query");
  expect(sent).toHaveLength(5);
  for (const call of sent) {
    const { parameters } = statements.find(({ text }) => text === call.sql) ?? { parameters: undefined };
    expect(call.parameters.map(({ name, type }) => ({ name, type }))).toEqual(parameters);
  }
});

test("64-bit numbers keep their digits on the way out and back", async () => {
  const { server, dispatched, claims, renewed, settled } = await runAll();
  expect(dispatched).toMatchObject({ status: "done", taken: 1, inserted: 1, folded: 0, claims: [{ revision: "42" }] });
  expect(claims).toEqual([claim]);
  expect(renewed).toEqual([huge]);
  expect(settled).toEqual(["applied"]);
  const settlement: unknown = JSON.parse(String(server.calls.at(-1)?.parameters[0]?.value));
  expect(settlement).toMatchObject([{ s: "crm", v: huge, t: token, r: "accepted" }]);
});

test("an idle dispatch leaves no trace", async () => {
  const { server, session } = await wireSession({
    "take-changes": result(changeColumns, [false, ...Array(7).fill(null)]),
  });
  expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "done", taken: 0 });
  expect(namesOf(server)).toEqual(["begin", "take-changes", "rollback"]);
});

test("a dispatch that finds the dispatcher's lock taken leaves no trace", async () => {
  const { server, session } = await wireSession({
    "take-changes": result(changeColumns, [true, ...Array(7).fill(null)]),
  });
  expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "busy" });
  expect(namesOf(server)).toEqual(["begin", "take-changes", "rollback"]);
});

test("a dispatch that fails half-way is rolled back, and the connection serves the next", async () => {
  const error = { number: 8152, message: "String or binary data would be truncated." };
  const { server, session } = await wireSession({ ...answers, "upsert-deliveries": { error } });
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({ code: "database.failed" });
  await session.poller.claim(demand, lease, never);
  expect(namesOf(server)).toEqual(["begin", "take-changes", "upsert-deliveries", "rollback", "claim-due"]);
  expect(new Set(server.calls.map(({ connection }) => connection)).size).toBe(1);
});

test("a dispatch that dies in a deadlock is retryable, and is not rolled back twice", async () => {
  const error = { number: 1205, message: "Transaction was deadlocked.", severity: 13, rollsBack: true };
  const { server, session } = await wireSession({ ...answers, "upsert-deliveries": { error } });
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({
    code: "database.busy",
    retryable: true,
  });
  expect(namesOf(server)).toEqual(["begin", "take-changes", "upsert-deliveries"]);
  await session.poller.claim(demand, lease, never);
});

test.each(["begin", "take-changes", "upsert-deliveries", "commit"])(
  "a connection lost in %s is database.unavailable, and the next call has another",
  async (where) => {
    const { server, session } = await wireSession({ ...answers, [where]: "drop" });
    await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({
      code: "database.unavailable",
      retryable: true,
    });
    const lost = server.calls.at(-1);
    expect(lost === undefined ? undefined : nameOf(lost)).toBe(where);
    expect(await session.poller.claim(demand, lease, never)).toEqual([claim]);
    expect(server.calls.at(-1)?.connection).not.toBe(lost?.connection);
  },
);

test.each(["claim-due", "renew-leases", "settle-deliveries"])(
  "a connection lost in %s is database.unavailable",
  async (where) => {
    const { session } = await wireSession({ ...answers, [where]: "drop" });
    const { poller } = session;
    const calls: { readonly [name: string]: () => Promise<unknown> } = {
      "claim-due": () => poller.claim(demand, lease, never),
      "renew-leases": () => poller.renew([claim], 1_000),
      "settle-deliveries": () => poller.settle([{ claim, result: "accepted" }]),
    };
    await expect(calls[where]?.()).rejects.toMatchObject({ code: "database.unavailable" });
  },
);

test("a statement that takes too long is cancelled at the server, and rolled back", async () => {
  const { server, session } = await wireSession({ ...answers, "take-changes": "silence" }, { statementTimeoutMs: 30 });
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({
    code: "database.busy",
    retryable: true,
  });
  expect(namesOf(server)).toEqual(["begin", "take-changes", "rollback"]);
  expect(server.calls[1]?.signal.aborted).toBe(true);
});

test("a dispatch that is aborted ends its statement and its transaction", async () => {
  const { server, session } = await wireSession({ ...answers, "take-changes": "silence" });
  const controller = new AbortController();
  const dispatching = session.poller.dispatch(10, route, controller.signal);
  await expect.poll(() => namesOf(server)).toContain("take-changes");
  controller.abort();
  await expect(dispatching).rejects.toMatchObject({ code: "operation.aborted" });
  expect(namesOf(server)).toEqual(["begin", "take-changes", "rollback"]);
});

test("before the tables are made, what to do is said", async () => {
  const error = { number: 208, message: "Invalid object name 'syncline.delivery'." };
  const { session } = await wireSession({ "claim-due": { error } });
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({
    code: "database.schema",
    message: expect.stringContaining("migrate()"),
  });
});
