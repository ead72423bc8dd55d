import type { Claim, Route } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import { afterEach, describe, expect, test } from "vitest";
import type { OracleConnection } from "../../driver.ts";
import { oracleRecorder } from "../../recorder.ts";
import type { TnsAnswer } from "./call.ts";
import { knownStatements } from "./known-statements.ts";
import { changed, type Double, key, openDouble, place } from "./session-on-memory.ts";
import { closeAll, connect } from "./sessions.ts";

afterEach(closeAll);

const never = new AbortController().signal;
const lease = { token: "11111111-1111-1111-1111-111111111111", durationMs: 60_000 };

const routeAll: Route = (changes) => ({
  refused: [],
  deliveries: changes.map(({ condition, recordedAt }) =>
    testDelivery({ strategy: "s", key: condition, firstRecordedAt: recordedAt }),
  ),
});

async function record({ server }: Double, end: "commit" | "rollback" = "commit"): Promise<void> {
  const connection = await connect(server);
  await oracleRecorder().record(connection, [changed]);
  await connection[end]();
  await connection.close();
}

async function claimOne({ session }: Double): Promise<Claim> {
  const claims = await session.poller.claim([{ strategy: "s", count: 10, strict: false }], lease, never);
  expect(claims).toHaveLength(1);
  return claims[0] as Claim;
}

describe("through the driver, the adapter", () => {
  test("migrates once, each step in its order", async () => {
    const { session, memory, server } = await openDouble();
    await session.migrate(never);
    expect(memory.state.migrations).toEqual([
      "lock",
      "0001-tables",
      "0002-strategies",
      "0003-record-procedure",
      "0004-edits-of-rows",
      "0005-workers",
      "0006-dead-letters",
      "0007-operations",
      "0008-categories",
      "0009-strategy-history",
      "0010-trace-context",
    ]);
    await session.checkSchema(never);
    const before = server.calls.length;
    await session.migrate(never);
    expect(server.calls.slice(before).filter(({ sql }) => sql.startsWith("CREATE"))).toEqual([]);
  });

  test("records with the transaction, and not without", async () => {
    const double = await openDouble();
    await record(double, "rollback");
    expect(double.memory.state.changes).toEqual([]);
    await record(double);
    expect(double.memory.state.changes).toEqual([{ id: "1", category: "order", condition: key, operation: "upsert" }]);
    expect(double.server.calls.filter(({ kind }) => kind === "execute").map(({ commit }) => commit)).toEqual([
      false,
      false,
    ]);
  });

  test("dispatches, claims, renews and settles", async () => {
    const double = await openDouble();
    const { poller, backlog } = double.session;
    await record(double);
    expect(await poller.dispatch(100, routeAll, never)).toMatchObject({ status: "done", taken: 1, inserted: 1 });
    expect(await poller.dispatch(100, routeAll, never)).toMatchObject({ status: "done", taken: 0 });
    expect(await backlog.status(never)).toMatchObject({
      changes: 0,
      strategies: [{ strategy: "s", due: 1, leased: 0 }],
    });
    const claim = await claimOne(double);
    expect(claim).toMatchObject({ id: "1", strategy: "s", key, revision: "1", token: lease.token });
    expect(await poller.renew([claim, { ...claim, token: "another" }], 60_000)).toEqual(["1"]);
    await record(double);
    expect(await poller.dispatch(100, routeAll, never)).toMatchObject({ taken: 1, inserted: 0, folded: 1 });
    expect(await poller.settle([{ result: "accepted", claim }])).toEqual(["again"]);
    const newer = await claimOne(double);
    expect(await poller.settle([{ result: "accepted", claim: newer }])).toEqual(["applied"]);
    expect(await poller.settle([{ result: "accepted", claim: newer }])).toEqual(["late"]);
    expect(double.memory.state).toMatchObject({ changes: [], deliveries: [] });
  });

  test("leases what it dispatches where it is asked to", async () => {
    const double = await openDouble();
    await record(double);
    const route: Route = (...given) => {
      const { deliveries = [] } = routeAll(...given) ?? {};
      return { refused: [], deliveries: deliveries.map((delivery) => ({ ...delivery, lease })) };
    };
    const { claims } = await double.session.poller.dispatch(100, route, never);
    expect(claims).toMatchObject([{ id: "1", key, revision: "1", token: lease.token }]);
  });

  test("takes nothing when routing is out of date", async () => {
    const double = await openDouble();
    await record(double);
    expect(await double.session.poller.dispatch(100, () => undefined, never)).toMatchObject({
      status: "stale",
      taken: 0,
    });
    expect(double.memory.state.changes).toHaveLength(1);
  });

  test("loads strategies with definitions of any length", async () => {
    const { session } = await openDouble();
    const { strategies, revision } = (await session.strategyStore?.load(never)) ?? {};
    expect(revision).toBe("3");
    expect(strategies).toMatchObject([{ definition: { name: "s", path: `/${"ü".repeat(5_000)}` } }]);
  });

  test("reads exact values with keys of any length", async () => {
    const { session, server, before } = await openDouble();
    before((call) =>
      call.isQuery
        ? {
            columns: [
              { name: "N", type: "NUMBER(38)" },
              { name: "T", type: "CLOB" },
              { name: "made", type: call.kind === "describe" ? "TIMESTAMP(6) WITH TIME ZONE" : "VARCHAR2(40)" },
            ],
            rows: [["12345678901234567890123456789012345678", "ü😀".repeat(3_000), "2026-01-02T03:04:05.678901000Z"]],
          }
        : undefined,
    );
    const long = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => [index]));
    const text = "SELECT n, t, made FROM shop WHERE k = :p1";
    const limits = { timeoutMs: 5_000, maxRows: 10, numbers: "string" } as const;
    const [result] = await session.queryRunner.run([{ text, parameters: [long] }], limits, never);
    expect(result?.rows).toEqual([
      [
        "12345678901234567890123456789012345678",
        "ü😀".repeat(3_000),
        expect.stringMatching(/^2026-01-02T03:04:05.678901/),
      ],
    ]);
    expect(server.calls.map(({ kind, sql }) => (kind === "execute" ? sql.slice(0, 6) : kind))).toEqual([
      "ALTER ",
      "SET TR",
      "describe",
      "SELECT",
      "rollback",
    ]);
    expect(server.calls[3]?.binds).toMatchObject([{ type: "CLOB" }, { type: "NUMBER" }]);
    expect(server.calls[3]?.rows[0]?.p1).toBe(long);
  });
});

describe("a lost connection is database.unavailable, and the next call has another:", () => {
  const settled = (claim: Claim) => [{ result: "accepted" as const, claim }];

  test.each(["lock", "take", "delete_taken", "upsert", "commit"])("dispatching, at %s", async (name) => {
    const double = await openDouble();
    await record(double);
    const { poller } = double.session;
    loseOnce(double, name);
    await expect(poller.dispatch(100, routeAll, never)).rejects.toMatchObject({ code: "database.unavailable" });
  });

  test.each(["claim", "renew", "settle", "status", "strategies"])("at %s", async (name) => {
    const double = await openDouble();
    const { poller, backlog, strategyStore } = double.session;
    await record(double);
    await poller.dispatch(100, routeAll, never);
    const claim = name === "renew" || name === "settle" ? await claimOne(double) : undefined;
    const calls: { readonly [name: string]: () => Promise<unknown> | undefined } = {
      claim: () => poller.claim([{ strategy: "s", count: 1, strict: false }], lease, never),
      renew: () => poller.renew([claim as Claim], 1_000),
      settle: () => poller.settle(settled(claim as Claim)),
      status: () => backlog.status(never),
      strategies: () => strategyStore?.load(never),
    };
    loseOnce(double, name);
    await expect(calls[name]?.()).rejects.toMatchObject({ code: "database.unavailable" });
    await expect(calls[name]?.()).resolves.toBeDefined();
  });

  function loseOnce({ memory, before }: Double, name: string): void {
    const known = memory.behaviours;
    let lost = false;
    const answer = knownStatements(place, { ...known, [name]: () => "drop" });
    before((call) => {
      if (lost) return undefined;
      const given = answer(call) as TnsAnswer | undefined;
      lost = given === "drop";
      return given;
    });
  }
});

test("a call that is cancelled ends on the server, too, as operation.aborted", async () => {
  const { session, server, before } = await openDouble();
  before(({ isQuery }) => (isQuery ? "silence" : undefined));
  const controller = new AbortController();
  const coming = session.backlog.status(controller.signal);
  await expect.poll(() => server.calls.some(({ isQuery }) => isQuery)).toBe(true);
  controller.abort();
  await expect(coming).rejects.toMatchObject({ code: "operation.aborted" });
  expect(server.calls.find(({ isQuery }) => isQuery)?.signal.aborted).toBe(true);
});

test.each([
  ["SELECT 1", "ORA-00923"],
  ["UPDATE t SET a = 1;", "ORA-00933"],
  ["SELECT a FROM t", "ORA-00942"],
])("behind the double, %s is %s", async (text, code) => {
  const { server } = await openDouble();
  await expect((await connect(server)).execute(text)).rejects.toMatchObject({ code });
});

test("the driver's connection is what the recorder and the adapter take it for", async () => {
  const { server } = await openDouble();
  const connection: OracleConnection = await connect(server);
  expect(connection.callTimeout).toBe(0);
});
