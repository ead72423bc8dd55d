import assert from "node:assert/strict";
import { eventually, never, rejectsWith, sameMembers } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { item, keyOf, leaseOf, nameOf, routeTo, strategyName } from "../scene.ts";

const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;
const died = { kind: "rejected", code: "x.1", message: "no 'such' thing" } as const;
const source = { name: "conformance.row", fields: { id: "integer" } } as const;

export const operatingChecks: DatabaseCheckGroup = {
  name: "for operators",
  checks: [
    onScene("the status of nothing is empty", async ({ backlog }) => {
      assert.deepEqual(await backlog.status(never), { changes: 0, oldestChangeAgeMs: 0, refused: 0, strategies: [] });
    }),
    onScene("the status counts each strategy's deliveries by what they wait for", async (scene) => {
      const { fold, poller, backlog, record } = scene;
      const { claims } = await fold(["dead", "held", "waiting", "leased"], { lease: leaseOf() });
      const [dead, held, waiting] = claims;
      assert.ok(dead !== undefined && held !== undefined && waiting !== undefined);
      await poller.settle([
        { result: "dead", claim: dead, failure },
        { result: "held", claim: held, failure },
        { result: "retry", claim: waiting, delayMs: 3_600_000, failure },
      ]);
      await fold(["due1", "due2"], {}, { strategy: "another" });
      await backlog.pause("idle", never);
      await record("x", "y", "z");
      const { changes, refused, strategies } = await backlog.status(never);
      assert.deepEqual([changes, refused], [3, 0]);
      const zero = { due: 0, blocked: 0, waiting: 0, leased: 0, dead: 0, held: 0, paused: false };
      sameMembers(
        strategies.map(({ oldestAgeMs: _, ...counts }) => counts),
        [
          { ...zero, strategy: strategyName, due: 2, waiting: 1, leased: 1, dead: 1, held: 1 },
          { ...zero, strategy: "another", due: 2 },
          { ...zero, strategy: "idle", paused: true },
        ],
        "counts",
      );
    }),
    onScene(
      "ages count from the oldest change that is not delivered",
      async ({ fold, counts, record, backlog, poller, claim }) => {
        await fold(["a"], { firstRecordedAt: 1_000 });
        const oldest = (await counts())?.oldestAgeMs ?? 0;
        assert.ok(oldest > 86_400_000, `a change of 1970 is ${oldest} ms old`);
        await poller.settle((await claim()).map((each) => ({ result: "dead", claim: each, failure })));
        assert.equal((await counts())?.oldestAgeMs, 0, "dead ones are not counted");
        await record("b");
        const growing = await eventually("the ageing of a change", async () => {
          const { oldestChangeAgeMs } = await backlog.status(never);
          return oldestChangeAgeMs > 0 ? oldestChangeAgeMs : undefined;
        });
        assert.ok(growing < 3_600_000, `a change of just now is ${growing} ms old`);
      },
    ),
    onScene("a key is found wherever it stands", async ({ backlog, fold, poller, record }) => {
      const { find } = backlog;
      if (find === undefined) return;
      const key = keyOf("a");
      const query = { category: item.name, key, strategies: [strategyName, "another"], most: 2 };
      const found = async () => await find.call(backlog, query, never);
      assert.deepEqual(await found(), { changes: [], refused: [], deliveries: [] });
      await record("a", "b", "c");
      const waiting = (await found()).changes;
      assert.deepEqual(
        waiting.map(({ condition, strategy, reason }) => [nameOf({ key: condition }), strategy, reason]),
        [
          ["a", null, null],
          ["b", null, null],
        ],
        "the oldest of its category, and no more than asked for",
      );
      const reason = "no such thing";
      await poller.dispatch(
        10,
        (given) => ({ deliveries: [], refused: given.map((change) => ({ change, reason })) }),
        never,
      );
      const { changes, refused } = await found();
      assert.deepEqual([changes.length, refused.length, refused[0]?.reason], [0, 2, reason]);
      await fold(["a", "b"], { lease: leaseOf() });
      await fold(["a"], {}, { strategy: "another" });
      await fold(["a"], {}, { strategy: "unasked" });
      const [another, leased, ...others] = (await found()).deliveries;
      assert.ok(another !== undefined && leased !== undefined && others.length === 0, "of the strategies asked for");
      const { strategy, state, attempts, failure } = another;
      assert.deepEqual(
        [strategy, state, another.leased, attempts, failure],
        ["another", "pending", false, 0, undefined],
      );
      assert.ok(another.dueInMs <= 0 && another.ageMs >= 0, `due in ${another.dueInMs} ms, ${another.ageMs} ms old`);
      assert.deepEqual([leased.strategy, leased.leased], [strategyName, true]);
      assert.ok(leased.dueInMs > 0, "until its lease ends");
      const [claimed] = await poller.claim([{ strategy: "another", count: 1, strict: false }], leaseOf(), never);
      assert.ok(claimed !== undefined);
      await poller.settle([{ result: "dead", claim: claimed, failure: { ...died, effect: "no" } }]);
      const [dead] = (await found()).deliveries;
      assert.deepEqual([dead?.id, dead?.state, dead?.failure], [another.id, "dead", died]);
    }),
    onScene("backfill records given changes for one strategy alone", async ({ backlog, poller }) => {
      const changes = [item.changed({ name: "a" }), item.deleted({ name: "b" })];
      assert.equal(await backlog.backfill({ strategy: "crm", changes }, never), 2);
      assert.equal(await backlog.backfill({ strategy: "crm", changes: [] }, never), 0);
      const route = routeTo({});
      await poller.dispatch(10, route, never);
      assert.deepEqual(
        route.seen.map((each) => [each.category, nameOf({ key: each.condition }), each.operation, each.strategy]),
        [
          [item.name, "a", "upsert", "crm"],
          [item.name, "b", "delete", "crm"],
        ],
      );
    }),
    onScene("backfill records the keys that a query yields", async ({ fixture, backlog, poller }) => {
      await fixture.source.put([
        { id: 1, owner: 7, label: "a" },
        { id: 2, owner: 7, label: "b" },
        { id: 3, owner: 8, label: null },
      ]);
      const name = fixture.adapter.dialect.quoteIdentifier("id");
      const keys = `SELECT i.id AS ${name} FROM ${fixture.source.name} i WHERE i.owner = 7`;
      assert.equal(await backlog.backfill({ strategy: "crm", category: source, keys }, never), 2);
      const route = routeTo({});
      await poller.dispatch(10, route, never);
      const ids = route.seen.map(({ condition }) => String((JSON.parse(condition) as { readonly id: unknown }).id));
      assert.deepEqual(ids.sort(), ["1", "2"]);
      assert.ok(route.seen.every(({ strategy, category }) => strategy === "crm" && category === source.name));
    }),
    onScene("backfill refuses a query that is none, and records nothing", async ({ fixture, backlog }) => {
      const name = fixture.source.name;
      await fixture.source.put([{ id: 1, owner: 1, label: "a" }]);
      const quoted = fixture.adapter.dialect.quoteIdentifier("id");
      for (const keys of [
        "SELEC",
        `SELECT i.owner AS ${fixture.adapter.dialect.quoteIdentifier("other")} FROM ${name} i`,
        `SELECT i.id AS ${quoted} FROM nowhere i`,
      ]) {
        const backfill = backlog.backfill({ strategy: "crm", category: source, keys }, never);
        await rejectsWith(["query.invalid", "query.data"], `the query ${keys}`, backfill);
      }
      assert.equal((await backlog.status(never)).changes, 0);
    }),
    onScene("an operator's call whose signal has fired does nothing", async ({ backlog, fold, claim }) => {
      await fold(["a"]);
      const aborted = AbortSignal.abort();
      const strategy = strategyName;
      for (const [what, call] of [
        ["status", () => backlog.status(aborted)],
        ["page of dead letters", () => backlog.deadLetters({}, aborted)],
        ...(backlog.find === undefined
          ? []
          : [
              [
                "search",
                () => backlog.find?.({ category: item.name, key: "{}", strategies: [], most: 1 }, aborted),
              ] as const,
            ]),
        ...(backlog.causes === undefined ? [] : [["count of causes", () => backlog.causes?.({}, aborted)] as const]),
        ["requeue", () => backlog.requeue({ strategy }, aborted)],
        ["discard", () => backlog.discard({ strategy }, aborted)],
        ["pause", () => backlog.pause(strategy, aborted)],
        ["resume", () => backlog.resume(strategy, aborted)],
        ["backfill", () => backlog.backfill({ strategy, changes: [item.changed({ name: "b" })] }, aborted)],
        ["readmission", () => backlog.readmit([item.name], aborted)],
      ] as const) {
        await rejectsWith(["operation.aborted"], `an aborted ${what}`, Promise.resolve().then<unknown>(call));
      }
      assert.equal((await backlog.status(never)).changes, 0, "nothing was backfilled");
      assert.equal((await claim()).length, 1, "it was not paused");
    }),
    onScene(
      "a pause holds for every worker",
      async ({ fixture, fold, claim }) => {
        const other = await fixture.openSession?.();
        await fold(["a"]);
        await other?.backlog.pause(strategyName, never);
        assert.deepEqual(await claim(), []);
        await other?.backlog.resume(strategyName, never);
        assert.equal((await claim()).length, 1);
      },
      "multipleWorkers",
    ),
  ],
};
