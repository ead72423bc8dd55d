import { testClaim, testDelivery } from "@syncline/testkit/makers";
import { expect, test, vi } from "vitest";
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
  ...["bigint", "bigint", "bigint", "bigint"],
  ...["bigint", "nvarchar(128)", "nvarchar(4000)", "varchar(10)", "varchar(64)", "bigint"],
];
const writtenColumns = ["bigint", "bigint", "bigint", "int"];
const noChange = Array(6).fill(null);
const oneChange = [huge, "order", '{"id":"1"}', "upsert", null, "1"];

const answers = {
  "oldest-changes": result(changeColumns, ["90", null, "7", huge, ...oneChange]),
  "write-dispatch": result(writtenColumns, ["41", "1", "0", 1]),
  "claim-due": result(
    [...["bigint", "varchar(64)", "nvarchar(400)", "bigint", "bigint", "varchar(10)", "int", "int", "bigint"]],
    [huge, "crm", '{"id":"1"}', "0", huge, "upsert", 0, 0, "1"],
  ),
  "renew-leases": result(["bigint"], [huge]),
  "settle-deliveries": result(["int", "varchar(10)"], [1, "settled"]),
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

test("a dispatch is two round trips and leaves no transaction open between them, everything else is one", async () => {
  const { server } = await runAll();
  expect(server.calls.map((call) => [nameOf(call), call.inTransaction])).toEqual([
    ["oldest-changes", false],
    ["write-dispatch", false],
    ["claim-due", false],
    ["renew-leases", false],
    ["settle-deliveries", false],
  ]);
});

test("what a dispatch writes relies on what it has read", async () => {
  const { server } = await runAll();
  const given = Object.fromEntries((server.calls[1]?.parameters ?? []).map(({ name, value }) => [name, value]));
  expect(given).toMatchObject({ strategies: "7", revision: huge, changes: JSON.stringify([huge]), refused: null });
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

test("an idle dispatch only reads", async () => {
  const { server, session } = await wireSession({
    "oldest-changes": result(changeColumns, ["90", huge, null, null, ...noChange]),
  });
  expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "done", taken: 0 });
  expect(namesOf(server)).toEqual(["oldest-changes"]);
});

test("a dispatch that finds the dispatcher's row locked only reads", async () => {
  const { server, session } = await wireSession({
    "oldest-changes": result(changeColumns, ["90", null, null, null, ...oneChange]),
  });
  expect(await session.poller.dispatch(10, route, never)).toMatchObject({ status: "busy", taken: 0 });
  expect(namesOf(server)).toEqual(["oldest-changes"]);
});

test("a dispatch that others have overtaken before it wrote has taken nothing", async () => {
  const { session } = await wireSession({
    ...answers,
    "write-dispatch": result(writtenColumns, [null, "0", "0", null]),
  });
  expect(await session.poller.dispatch(10, route, never)).toEqual({
    status: "busy",
    taken: 0,
    inserted: 0,
    folded: 0,
    claims: [],
  });
});

test("a dispatch whose strategies are out of date writes nothing", async () => {
  const { server, session } = await wireSession(answers);
  expect(await session.poller.dispatch(10, () => undefined, never)).toMatchObject({ status: "stale", taken: 0 });
  expect(namesOf(server)).toEqual(["oldest-changes"]);
});

test("a search for changes that took long begins behind what was gone through, until it is due to begin anew", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const { server, session } = await wireSession({
      "oldest-changes": result(changeColumns, ["500000", "77", null, null, ...noChange]),
    });
    const begunAfter = async () => {
      await session.poller.dispatch(10, route, never);
      return server.calls.at(-1)?.parameters.find(({ name }) => name === "after")?.value;
    };
    expect(await begunAfter()).toBe("0");
    vi.advanceTimersByTime(1_000);
    expect(await begunAfter()).toBe("0");
    expect(await begunAfter()).toBe("77");
    vi.advanceTimersByTime(10_000);
    expect(await begunAfter()).toBe("0");
  } finally {
    vi.useRealTimers();
  }
});

test("a dispatch that fails while it writes leaves its connection to the next", async () => {
  const error = { number: 8152, message: "String or binary data would be truncated." };
  const { server, session } = await wireSession({ ...answers, "write-dispatch": { error } });
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({ code: "database.failed" });
  await session.poller.claim(demand, lease, never);
  expect(namesOf(server)).toEqual(["oldest-changes", "write-dispatch", "claim-due"]);
  expect(new Set(server.calls.map(({ connection }) => connection)).size).toBe(1);
});

test("a dispatch that dies in a deadlock is retryable", async () => {
  const error = { number: 1205, message: "Transaction was deadlocked.", severity: 13, rollsBack: true };
  const { server, session } = await wireSession({ ...answers, "write-dispatch": { error } });
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({
    code: "database.busy",
    retryable: true,
  });
  expect(namesOf(server)).toEqual(["oldest-changes", "write-dispatch"]);
  await session.poller.claim(demand, lease, never);
});

test.each(["oldest-changes", "write-dispatch"])(
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

test("a statement that takes too long is cancelled at the server", async () => {
  const { server, session } = await wireSession(
    { ...answers, "oldest-changes": "silence" },
    { statementTimeoutMs: 30 },
  );
  await expect(session.poller.dispatch(10, route, never)).rejects.toMatchObject({
    code: "database.busy",
    retryable: true,
  });
  expect(namesOf(server)).toEqual(["oldest-changes"]);
  expect(server.calls[0]?.signal.aborted).toBe(true);
});

test("a dispatch that is aborted ends its statement, and writes nothing", async () => {
  const { server, session } = await wireSession({ ...answers, "oldest-changes": "silence" });
  const controller = new AbortController();
  const dispatching = session.poller.dispatch(10, route, controller.signal);
  await expect.poll(() => namesOf(server)).toContain("oldest-changes");
  controller.abort();
  await expect(dispatching).rejects.toMatchObject({ code: "operation.aborted" });
  expect(namesOf(server)).toEqual(["oldest-changes"]);
});

test("before the tables are made, what to do is said", async () => {
  const error = { number: 208, message: "Invalid object name 'syncline.delivery'." };
  const { session } = await wireSession({ "claim-due": { error } });
  await expect(session.poller.claim(demand, lease, never)).rejects.toMatchObject({
    code: "database.schema",
    message: expect.stringContaining("migrate()"),
  });
});
