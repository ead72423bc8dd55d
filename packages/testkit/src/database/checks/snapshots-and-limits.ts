import assert from "node:assert/strict";
import type { Route } from "@syncline/core/spi";
import { breathe, never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { limits, readWith, rowsOfOwner, strategyOf } from "../reading.ts";
import { routeTo } from "../scene.ts";

const owner = { owner: "integer" } as const;

export const readLimitChecks: DatabaseCheckGroup = {
  name: "snapshots and limits of reads",
  checks: [
    onScene("a read sees what was committed before it began", async ({ fixture }) => {
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      for (let id = 0; id < 20; id++) {
        await fixture.source.put([{ id, owner: 1, label: null }]);
        assert.equal((await readWith(fixture, strategy, [{ owner: 1 }]))[0]?.length, id + 1);
      }
      await fixture.source.remove([0, 1]);
      assert.equal((await readWith(fixture, strategy, [{ owner: 1 }]))[0]?.length, 18);
    }),
    onScene("a read may begin where changes are routed, and sees what they tell of", async (scene) => {
      const { fixture, record, poller } = scene;
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      await fixture.source.put([{ id: 1, owner: 1, label: null }]);
      await record("a");
      const reads: ReturnType<typeof readWith>[] = [];
      const route = routeTo({});
      const reading: Route = (...given) => {
        reads.push(readWith(fixture, strategy, [{ owner: 1 }]));
        return route(...given);
      };
      const { taken } = await poller.dispatch(5, reading, never);
      assert.equal(taken, 1);
      const rows = await Promise.all(reads);
      assert.deepEqual(
        rows.map(([own]) => own?.length),
        [1],
      );
    }),
    onScene(
      "all statements of a read see one snapshot",
      async ({ fixture }) => {
        const write = (label: string) => fixture.source.put([1, 2, 3].map((id) => ({ id, owner: id, label })));
        await write("0");
        let over = false;
        let writes = 0;
        const writing = (async () => {
          while (!over) {
            await write(String(++writes));
            await breathe();
          }
        })();
        try {
          const strategy = strategyOf(rowsOfOwner(fixture), owner, "each");
          const keys = [1, 2, 3, 1, 2, 3, 1, 2, 3].map((each) => ({ owner: each }));
          for (let round = 0; round < 60 || writes < 20; round++) {
            const labels = (await readWith(fixture, strategy, keys)).map((rows) => rows[0]?.label);
            assert.equal(new Set(labels).size, 1, `a read saw the states ${labels.join()}`);
            await breathe();
          }
        } finally {
          over = true;
          await writing;
        }
      },
      "snapshotReads",
    ),
    onScene(
      "a read is ended at its time limit",
      async ({ fixture }) => {
        await fixture.source.put([{ id: 1, owner: 1, label: "x" }]);
        const slow = strategyOf(fixture.templates.slow ?? "", { id: "integer" });
        const reading = readWith(fixture, slow, [{ id: 1 }], { timeoutMs: 50 });
        await rejectsWith(["query.timeout"], "a slow query with a limit of 50 ms", reading);
        assert.equal((await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner), [{ owner: 1 }]))[0]?.length, 1);
      },
      "slowQueries",
    ),
    onScene(
      "an abort ends a read that runs, and the next one works",
      async ({ fixture }) => {
        await fixture.source.put([{ id: 1, owner: 1, label: "x" }]);
        const abort = new AbortController();
        const slow = strategyOf(fixture.templates.slow ?? "", { id: "integer" });
        // So that an abort which nobody heeds is found out in seconds.
        const reading = readWith(fixture, slow, [{ id: 1 }], { timeoutMs: 5_000 }, abort.signal);
        setTimeout(() => abort.abort(), 20);
        await rejectsWith(["operation.aborted"], "an aborted read", reading);
        assert.equal((await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner), [{ owner: 1 }]))[0]?.length, 1);
      },
      "slowQueries",
    ),
    onScene("a read whose signal has fired does not begin", async ({ fixture }) => {
      const reading = readWith(
        fixture,
        strategyOf(rowsOfOwner(fixture), owner),
        [{ owner: 1 }],
        {},
        AbortSignal.abort(),
      );
      await rejectsWith(["operation.aborted"], "an aborted read", reading);
    }),
    onScene("twenty reads at once all come back", async ({ fixture }) => {
      await fixture.source.put(Array.from({ length: 20 }, (_, id) => ({ id, owner: id, label: null })));
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      const reads = Array.from({ length: 20 }, (_, id) => readWith(fixture, strategy, [{ owner: id }]));
      const ids = (await Promise.all(reads)).map((read) => Number(read[0]?.[0]?.id));
      assert.deepEqual(
        ids,
        Array.from({ length: 20 }, (_, id) => id),
      );
      assert.deepEqual(await fixture.session.queryRunner.run([], limits, never), []);
    }),
  ],
};
