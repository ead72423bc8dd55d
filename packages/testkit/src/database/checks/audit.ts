import assert from "node:assert/strict";
import type { AuditEntry, AuditLog, AuditQuery, OperatorAction, OperatorRecord } from "@syncline/core/spi";
import { never, rejectsWith, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { item, leaseOf, type Scene, strategyName } from "../scene.ts";

const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;

function record(action: OperatorAction, rest: Partial<OperatorRecord> = {}): OperatorRecord {
  const selection = '{"code":"x.1","key":"\\u00e4"}';
  return { action, actor: "zoë ☂", reason: "it's 'mended'\nnow", strategy: strategyName, selection, ...rest };
}

function logOf({ fixture }: Scene): AuditLog {
  const { audit } = fixture.session;
  assert.ok(audit !== undefined, "the session has an audit");
  return audit;
}

async function entries(scene: Scene, query: AuditQuery = {}): Promise<readonly AuditEntry[]> {
  return (await logOf(scene).list(query, never)).items;
}

async function bury({ fold, poller }: Scene, ...names: readonly string[]): Promise<readonly string[]> {
  const { claims } = await fold(names, { lease: leaseOf() });
  await poller.settle(claims.map((claim) => ({ result: "dead", claim, failure })));
  return claims.map(({ id }) => id);
}

export const auditChecks: DatabaseCheckGroup = {
  name: "the audit",
  checks: [
    onScene(
      "what an operator does is kept with who did it, why, to what and to how many",
      async (scene) => {
        const { backlog } = scene;
        assert.deepEqual(await entries(scene), []);
        const ids = await bury(scene, "a", "b", "c");
        await backlog.requeue({ ids: ids.slice(0, 2) }, never, record("requeue"));
        const { id, at, ...kept } = single(await entries(scene), "entries");
        assert.match(id, /^\d+$/);
        assert.ok(Math.abs(at - Date.now()) < 86_400_000, `it was done at ${at}`);
        assert.deepEqual(kept, { ...record("requeue"), count: 2 });
        await backlog.discard({ ids }, never, record("discard", { actor: null, reason: null, strategy: null }));
        await backlog.pause(strategyName, never, record("pause"));
        await backlog.resume(strategyName, never, record("resume"));
        const changes = [item.changed({ name: "x" }), item.changed({ name: "y" })];
        await backlog.backfill({ strategy: strategyName, changes }, never, record("backfill"));
        const [backfill, resume, pause, discard] = await entries(scene);
        assert.deepEqual(
          [backfill, resume, pause, discard].map((entry) => [entry?.action, entry?.count]),
          [
            ["backfill", 2],
            ["resume", 1],
            ["pause", 1],
            ["discard", 1],
          ],
        );
        assert.deepEqual([discard?.reason, discard?.strategy], [null, null]);
        assert.ok(discard?.actor !== "" && discard?.actor !== undefined, "whoever gives no name is known by a login");
      },
      "audit",
    ),
    onScene(
      "what is moved or discarded of stranded work, and what a query backfills, is kept as well",
      async (scene) => {
        const { fixture, backlog, fold } = scene;
        const { strandedWork } = fixture.session;
        await fold(["a", "b", "c"], { strategy: "gone" });
        const portion = { strategy: "gone", withHeld: true, most: 2 };
        const move = record("move-stranded", { strategy: "gone" });
        await strandedWork?.move(portion, { strategy: "crm", category: item.name }, never, move);
        await strandedWork?.discard(portion, never, record("discard-stranded", { strategy: "gone" }));
        await fixture.source.put([{ id: 1, owner: 7, label: "a" }]);
        const keys = `SELECT i.id AS ${fixture.adapter.dialect.quoteIdentifier("id")} FROM ${fixture.source.name} i`;
        const category = { name: "conformance.row", fields: { id: "integer" } } as const;
        await backlog.backfill({ strategy: "crm", category, keys }, never, record("backfill", { strategy: "crm" }));
        assert.deepEqual(
          (await entries(scene)).map(({ action, strategy, count }) => [action, strategy, count]),
          [
            ["backfill", "crm", 1],
            ["discard-stranded", "gone", 1],
            ["move-stranded", "gone", 2],
          ],
        );
      },
      "audit",
      "strandedWork",
    ),
    onScene(
      "what came to nothing, failed, or has no record is not kept",
      async (scene) => {
        const { fixture, backlog } = scene;
        const ids = await bury(scene, "a");
        assert.equal(await backlog.requeue({ ids: ["999999999999"] }, never, record("requeue")), 0);
        await fixture.source.put([{ id: 1, owner: 7, label: "a" }]);
        const category = { name: "conformance.row", fields: { id: "integer" } } as const;
        const keys = `SELECT i.owner AS ${fixture.adapter.dialect.quoteIdentifier("other")} FROM ${fixture.source.name} i`;
        const failed = backlog.backfill({ strategy: "crm", category, keys }, never, record("backfill"));
        await rejectsWith(["query.invalid", "query.data"], "a backfill by a query without the key", failed);
        assert.equal(await backlog.requeue({ ids }, never), 1);
        await backlog.pause("other", never);
        await fixture.session.strandedWork?.discard(
          { strategy: "none", withHeld: true, most: 9 },
          never,
          record("discard"),
        );
        assert.deepEqual(await entries(scene), []);
      },
      "audit",
    ),
    onScene(
      "the audit comes by page, newest first, each entry once, of an action or a strategy",
      async (scene) => {
        const { backlog } = scene;
        // More than ten: ids are numbers, and not texts.
        for (const strategy of ["z", "y", "x", "w", "a", "b", "c"]) {
          await backlog.pause(strategy, never, record("pause", { strategy }));
          await backlog.resume(strategy, never, record("resume", { strategy }));
        }
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await logOf(scene).list({ limit: 4, ...(after === undefined ? {} : { after }) }, never);
          seen.push(...page.items.map(({ action, strategy }) => `${action} ${strategy}`));
          after = page.next;
        } while (after !== undefined && seen.length < 20);
        assert.deepEqual(
          seen,
          ["c", "b", "a", "w", "x", "y", "z"].flatMap((strategy) => [`resume ${strategy}`, `pause ${strategy}`]),
        );
        const pauses = await logOf(scene).list({ action: "pause", limit: 7 }, never);
        assert.deepEqual(
          [pauses.items.map(({ strategy }) => strategy), pauses.next],
          [["c", "b", "a", "w", "x", "y", "z"], undefined],
          "pauses, on a page of just so many",
        );
        assert.deepEqual(
          (await entries(scene, { strategy: "b" })).map(({ action }) => action),
          ["resume", "pause"],
        );
        await rejectsWith(["config.invalid"], "a page after what is no id", logOf(scene).list({ after: "x" }, never));
      },
      "audit",
    ),
  ],
};
