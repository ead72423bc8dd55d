import assert from "node:assert/strict";
import type { DispatchResult, RecordedChange, Route, Routing } from "@syncline/core/spi";
import { breathe, eventually, never, rejectsWith, sameMembers, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { inTransaction, item, keyOf, leaseOf, nameOf, namesOf, routeTo } from "../scene.ts";

const nothing = { taken: 0, inserted: 0, folded: 0, claims: [] } as const;
const shown = (route: { readonly seen: readonly RecordedChange[] }) =>
  route.seen.map(({ condition }) => nameOf({ key: condition }));

export const dispatchingChecks: DatabaseCheckGroup = {
  name: "dispatch",
  checks: [
    onScene("dispatch takes the oldest changes first", async ({ record, poller }) => {
      for (const name of ["z", "m", "a", "k"]) await record(name);
      const route = routeTo({});
      await poller.dispatch(2, route, never);
      await poller.dispatch(2, route, never);
      assert.deepEqual(shown(route), ["z", "m", "a", "k"]);
    }),
    onScene("dispatch takes no more changes than its limit, and exactly those are gone", async ({ record, poller }) => {
      await record("a", "b", "c", "d", "e");
      const taken: number[] = [];
      for (let round = 0; round < 4; round++) taken.push((await poller.dispatch(2, routeTo({}), never)).taken);
      assert.deepEqual(taken, [2, 2, 1, 0]);
    }),
    onScene("dispatch of nothing is done, and takes nothing", async ({ dispatch }) => {
      assert.deepEqual(await dispatch(), { status: "done", ...nothing });
    }),
    onScene("changes of one key fold into one delivery", async ({ fold, record, dispatch, claim }) => {
      const first = await fold(["a", "b", "a", "a"]);
      assert.deepEqual([first.taken, first.inserted, first.folded], [4, 2, 0]);
      await record("a");
      const second = await dispatch();
      assert.deepEqual([second.taken, second.inserted, second.folded], [1, 0, 1]);
      sameMembers(namesOf(await claim()), ["a", "b"], "one delivery for each key");
    }),
    onScene("each strategy has its own delivery of a key", async ({ fold, poller, backlog, claim }) => {
      const { inserted } = await fold(["a"], {}, { strategy: "other" });
      assert.equal(inserted, 2);
      const [mine] = await claim();
      assert.ok(mine !== undefined);
      await poller.settle([{ result: "accepted", claim: mine }]);
      const demands = [{ strategy: "other", count: 5, strict: false }];
      const token = { token: crypto.randomUUID(), durationMs: 60_000 };
      assert.deepEqual(namesOf(await poller.claim(demands, token, never)), ["a"]);
      assert.deepEqual(
        (await backlog.status(never)).strategies.map(({ strategy }) => strategy),
        ["other"],
      );
    }),
    onScene("strategies whose names differ in case alone are different strategies", async (scene) => {
      const { fold, poller, backlog } = scene;
      const names = ["crm-orders", "CRM-orders"] as const;
      assert.equal((await fold(["a"], { strategy: names[0] }, { strategy: names[1] })).inserted, 2);
      await backlog.pause(names[0], never);
      const demands = names.map((strategy) => ({ strategy, count: 5, strict: false }));
      const lease = { token: crypto.randomUUID(), durationMs: 60_000 };
      const claims = await poller.claim(demands, lease, never);
      assert.deepEqual(
        claims.map(({ strategy }) => strategy),
        [names[1]],
      );
      const failure = { kind: "rejected", code: "x.x", message: "no", effect: "no" } as const;
      await poller.settle(claims.map((claim) => ({ result: "dead", claim, failure })));
      assert.equal(await backlog.discard({ strategy: names[0] }, never), 0);
      assert.equal((await backlog.deadLetters({ strategy: names[0] }, never)).items.length, 0);
      assert.equal(await backlog.discard({ strategy: names[1] }, never), 1);
    }),
    onScene(
      "a change that no strategy wants is taken without a trace",
      async ({ record, poller, backlog, dispatch }) => {
        await record("a", "b");
        const { taken } = await poller.dispatch(10, () => ({ deliveries: [], refused: [] }), never);
        assert.equal(taken, 2);
        assert.deepEqual(await dispatch(), { status: "done", ...nothing });
        assert.deepEqual(await backlog.status(never), { changes: 0, oldestChangeAgeMs: 0, refused: 0, strategies: [] });
      },
    ),
    onScene("stale strategies put every change back", async ({ record, poller, dispatch }) => {
      await record("a", "b");
      assert.deepEqual(await poller.dispatch(10, () => undefined, never), { status: "stale", ...nothing });
      assert.equal((await dispatch()).taken, 2);
    }),
    onScene("routing that throws puts every change back", async ({ record, poller, dispatch }) => {
      await record("a", "b");
      const failing = (): Routing => {
        throw new TypeError("a bug");
      };
      await assert.rejects(async () => poller.dispatch(10, failing, never));
      assert.equal((await dispatch()).taken, 2);
    }),
    onScene("refused changes are kept apart, counted, and put back by their category", async (scene) => {
      const { record, poller, backlog } = scene;
      await record("fits", "x", "y");
      const refuseSome = (changes: readonly RecordedChange[]): Routing => ({
        deliveries: [],
        refused: changes.slice(1).map((change) => ({ change, reason: "it isn't \u0000 'right'" })),
      });
      assert.equal((await poller.dispatch(10, refuseSome, never)).taken, 3);
      const status = await backlog.status(never);
      assert.deepEqual([status.changes, status.refused], [0, 2]);
      assert.equal(await backlog.readmit(["another"], never), 0);
      assert.equal(await backlog.readmit(["another", item.name], never), 2);
      const route = routeTo({});
      await poller.dispatch(10, route, never);
      assert.deepEqual(shown(route), ["x", "y"]);
      assert.equal((await backlog.status(never)).refused, 0);
    }),
    onScene(
      "a change that is not committed yet is not dispatched, and nobody waits for it",
      async ({ fixture, record, poller, dispatch }) => {
        const late = await fixture.begin();
        try {
          await fixture.adapter.recorder.record(late.tx, [item.changed({ name: "late" })]);
          await record("early");
          const route = routeTo({});
          await poller.dispatch(10, route, never);
          assert.deepEqual(shown(route), ["early"]);
        } finally {
          await late.commit();
        }
        assert.equal((await dispatch()).taken, 1);
      },
      "concurrentTransactions",
    ),
    onScene(
      "concurrent dispatchers route each change once, and none is lost",
      async ({ fixture, record, poller, dispatch }) => {
        const other = await fixture.openSession?.();
        assert.ok(other !== undefined, "the fixture has no openSession");
        for (let round = 0; round < 10; round++) {
          await record(...Array.from({ length: 40 }, (_, index) => `${round}.${index}`));
          const routes = [routeTo({}), routeTo({}), routeTo({}), routeTo({})];
          const results: DispatchResult[] = await Promise.all(
            routes.map((route, index) => (index % 2 === 0 ? poller : other.poller).dispatch(25, route, never)),
          );
          const last = routeTo({});
          await eventually("the end of the changes", async () => {
            const result = await poller.dispatch(100, last, never);
            results.push(result);
            return result.status === "done" && result.taken === 0 ? true : undefined;
          });
          assert.equal(
            results.reduce((sum, { taken }) => sum + taken, 0),
            40,
          );
          assert.equal(
            results.reduce((sum, { inserted }) => sum + inserted, 0),
            40,
          );
        }
        assert.equal((await dispatch()).taken, 0);
      },
      "multipleWorkers",
    ),
    onScene(
      "a dispatch beside another says at once that it is busy",
      async ({ fixture, record, poller }) => {
        const other = await fixture.openSession?.();
        assert.ok(other !== undefined, "the fixture has no openSession");
        const idle = await other.poller.dispatch(10, routeTo(), never);
        assert.equal(idle.taken, 0);
        await inRounds("the second dispatch was busy, or done before the first", async () => {
          await record(...namesFor(1_000));
          let second: Promise<DispatchResult> | undefined;
          const { over, first } = await raced(async (begin) => {
            const route = beginning(routeTo({}), () => {
              second = begin(other.poller.dispatch(10, routeTo({}), never));
            });
            return poller.dispatch(1_000, route, never);
          });
          await over;
          return first || (await second)?.status === "busy";
        });
      },
      "multipleWorkers",
    ),
    onScene(
      "who records waits for no dispatch",
      async ({ fixture, record, poller }) => {
        await inRounds("what was recorded meanwhile was committed before the dispatch had ended", async () => {
          await record(...namesFor(3_000));
          const transaction = await fixture.begin();
          const write = async () => {
            await fixture.adapter.recorder.record(transaction.tx, [item.changed({ name: "meanwhile" })]);
            await transaction.commit();
          };
          const { over, first } = await raced(async (begin) => {
            const route = beginning(routeTo({}), () => begin(write()));
            return poller.dispatch(3_000, route, never);
          });
          await over;
          return first;
        });
      },
      "concurrentTransactions",
    ),
    onScene(
      "recording while dispatching loses no change",
      async ({ fixture, claim, poller, dispatch }) => {
        const recorders = Array.from({ length: 4 }, async (_, writer) => {
          for (let round = 0; round < 15; round++) {
            await inTransaction(fixture, (tx) =>
              fixture.adapter.recorder.record(tx, [item.changed({ name: `${writer}.${round}` })]),
            );
            await breathe();
          }
        });
        let over = false;
        const recording = Promise.all(recorders).finally(() => {
          over = true;
        });
        while (!over) {
          await dispatch();
          await breathe();
        }
        await recording;
        await dispatch();
        assert.equal(new Set(namesOf(await claim())).size, 60);
        assert.equal((await poller.dispatch(10, routeTo({}), never)).taken, 0);
      },
      "concurrentTransactions",
    ),
    onScene(
      "routing is told the revision of the strategies that the store would load",
      async ({ fixture, record, poller }) => {
        const { strategies, session } = fixture;
        const store = session.strategyStore;
        assert.ok(strategies !== undefined && store !== undefined);
        const loaded: string[] = [];
        const revisionNow = async (): Promise<string> => (await store.load(never)).revision;
        for (const batch of [1, 2]) {
          const definition = {
            name: "kept",
            category: "c",
            query: "q",
            downstream: "d",
            path: "/",
            whenAbsent: "skip",
            batch,
          } as const;
          await strategies.put(definition);
          const revision: string = await revisionNow();
          loaded.push(revision);
          await record("a");
          const told: (string | undefined)[] = [];
          await poller.dispatch(
            10,
            (_, given) => {
              told.push(given);
              return { deliveries: [], refused: [] };
            },
            never,
          );
          assert.equal(told.join(), revision);
        }
        assert.notEqual(loaded[0], loaded[1]);
      },
      "strategyTable",
    ),
    onScene("a dispatch whose signal has fired takes nothing", async ({ record, poller, dispatch }) => {
      await record("a");
      await rejectsWith(
        ["operation.aborted"],
        "an aborted dispatch",
        poller.dispatch(1, routeTo({}), AbortSignal.abort()),
      );
      assert.equal((await dispatch()).taken, 1);
    }),
    onScene("a claim has the trace context of the last fold, or none with it", async (scene) => {
      const { fixture, poller, dispatch, claimOne } = scene;
      const traces = ["1", "2"].map((digit) => `00-${"4b".repeat(16)}-${digit.repeat(16)}-01`);
      const fold = async (traceparent: string | undefined) => {
        const change =
          traceparent === undefined ? item.changed({ name: "a" }) : { ...item.changed({ name: "a" }), traceparent };
        await inTransaction(fixture, (tx) => fixture.adapter.recorder.record(tx, [change]));
        await dispatch();
        const claim = await claimOne();
        await poller.settle([{ result: "released", claim, delayMs: 0 }]);
        return claim.traceparent;
      };
      const found = [await fold(traces[0]), await fold(traces[1]), await fold(undefined), await fold(traces[0])];
      // An adapter that keeps none says so by leaving it out.
      if (found.every((each) => each === undefined)) return;
      assert.deepEqual(found, [traces[0], traces[1], null, traces[0]]);
    }),
    onScene("many changes keep their own trace contexts", async ({ fixture, dispatch, claim }) => {
      const traceparent = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01`;
      const names = namesFor(6);
      const changes = names.map((name, index) =>
        index % 2 === 0 ? item.changed({ name }) : { ...item.deleted({ name }), traceparent },
      );
      await inTransaction(fixture, (tx) => fixture.adapter.recorder.record(tx, changes));
      const { claims: leased } = await dispatch({ lease: leaseOf(), operation: "upsert" }, { strategy: "other" });
      const found = new Map(leased.map(({ key, traceparent }) => [nameOf({ key }), traceparent]));
      if ([...found.values()].every((each) => each === undefined)) return;
      assert.deepEqual(found, new Map(names.map((name, index) => [name, index % 2 === 0 ? null : traceparent])));
      assert.deepEqual(await claim(), []);
    }),
    onScene("a delivery keeps its newest hint and its oldest time", async ({ fold, claimOne, poller }) => {
      await fold(["a"], { operation: "upsert", firstRecordedAt: 2_000 });
      await fold(["a"], { operation: "delete", firstRecordedAt: 3_000 });
      const first = await claimOne();
      assert.deepEqual([first.operation, first.firstRecordedAt], ["delete", 2_000]);
      await poller.settle([{ result: "released", claim: first, delayMs: 0 }]);
      await fold(["a"], { operation: "upsert", firstRecordedAt: 1_000 });
      const second = await claimOne();
      assert.deepEqual([second.operation, second.firstRecordedAt], ["upsert", 1_000]);
      assert.equal(single([second.key], "keys"), keyOf("a"));
    }),
  ],
};

function namesFor(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`);
}

/** Does something when the first changes are routed: the dispatch has its lock then, and much to write. */
function beginning(route: Route, begin: () => void): Route {
  let isBegun = false;
  return (...given) => {
    if (!isBegun) begin();
    isBegun = true;
    return route(...given);
  };
}

/** Whether what is begun within the work has come to its end `first`; and when both are over. */
async function raced(work: (begin: <Result>(inner: Promise<Result>) => Promise<Result>) => Promise<unknown>) {
  let isInnerOver = false;
  let inner: Promise<unknown> = Promise.resolve();
  await work((begun) => {
    inner = begun.then(() => {
      isInnerOver = true;
    });
    inner.catch(() => {});
    return begun;
  });
  // In memory, both are over within one turn.
  await breathe();
  return { first: isInnerOver, over: inner };
}

/** Which of two is quicker is chance; that it is never the one, is none. */
async function inRounds(what: string, round: () => Promise<boolean>): Promise<void> {
  for (let count = 0; count < 10; count++) if (await round()) return;
  assert.fail(`not once in ten rounds: ${what}`);
}
