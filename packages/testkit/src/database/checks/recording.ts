import assert from "node:assert/strict";
import { type CategoryDefinition, type Change, changeOf, parseCondition } from "@syncline/core/spi";
import { never, rejectsWith, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { inTransaction, item, keyOf, nameOf, routeTo, type Scene } from "../scene.ts";

const everything = {
  name: "conformance.everything",
  fields: {
    text: "string",
    whole: "integer",
    big: "bigint",
    exact: "decimal",
    yes: "boolean",
    code: "uuid",
    day: "date",
    moment: "timestamp",
  },
} as const satisfies CategoryDefinition;

const plain = {
  text: "plain",
  whole: 0,
  big: 0n,
  exact: "0",
  yes: false,
  code: "00000000-0000-0000-0000-000000000000",
  day: "2024-02-29",
  moment: "2024-01-02T03:04:05Z",
};

/** What a value goes wrong on: a double's 53 bits, a float's decimals, a zone, an encoding, a quote. */
const trying: readonly { readonly [field: string]: unknown }[] = [
  { whole: 9_007_199_254_740_991 },
  { whole: -9_007_199_254_740_991 },
  { big: 9_223_372_036_854_775_807n },
  { big: -9_223_372_036_854_775_808n },
  { big: 9_007_199_254_740_993n },
  { exact: "12345678901234567890.123456789" },
  { exact: "-0.000001" },
  { yes: true },
  { code: "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11" },
  { day: "0001-01-01" },
  { day: "9999-12-31" },
  { moment: "2024-01-02T03:04:05.678901+09:00" },
  { moment: "1970-01-01T00:00:00Z" },
  { text: "" },
  { text: "NULL" },
  { text: `it's "quoted" \\ {a,b} $1 :v ?` },
  { text: "'; DROP TABLE conformance; --" },
  { text: "größe 🚲 中文 \u0301\u200f" },
  { text: "line\r\nbreak\ttab" },
  { text: " spaces kept " },
];

const recordAll = ({ fixture }: Scene, changes: readonly Change[], end: "commit" | "rollback" = "commit") =>
  inTransaction(fixture, (tx) => fixture.adapter.recorder.record(tx, changes), end);

async function recordedAgain(scene: Scene): Promise<ReturnType<typeof routeTo>["seen"]> {
  const route = routeTo({});
  await scene.poller.dispatch(10_000, route, never);
  return route.seen;
}

export const recordingChecks: DatabaseCheckGroup = {
  name: "recording",
  checks: [
    onScene("a recorded change is there once the caller's transaction has committed", async (scene) => {
      await recordAll(scene, [item.changed({ name: "a" }), item.deleted({ name: "b" })]);
      const seen = await recordedAgain(scene);
      assert.deepEqual(
        seen.map((each) => [each.category, nameOf({ key: each.condition }), each.operation, each.strategy]),
        [
          [item.name, "a", "upsert", null],
          [item.name, "b", "delete", null],
        ],
      );
      assert.ok(
        seen.every(({ id }) => /^\d+$/.test(id)),
        "ids are decimal digits",
      );
    }),
    onScene("a recorded change is gone if the caller's transaction rolls back", async (scene) => {
      await recordAll(scene, [item.changed({ name: "a" })], "rollback");
      await recordAll(scene, [item.changed({ name: "b" }), item.changed({ name: "c" })], "rollback");
      assert.deepEqual(await recordedAgain(scene), []);
    }),
    onScene("recording leaves the caller's transaction open, and may be done several times in it", async (scene) => {
      const { recorder } = scene.fixture.adapter;
      for (const end of ["rollback", "commit"] as const) {
        const transaction = await scene.fixture.begin();
        await recorder.record(transaction.tx, [item.changed({ name: "a" })]);
        await recorder.record(transaction.tx, [item.changed({ name: "b" }), item.changed({ name: "c" })]);
        await transaction[end]();
        const names = (await recordedAgain(scene)).map(({ condition }) => nameOf({ key: condition }));
        assert.deepEqual(names, end === "commit" ? ["a", "b", "c"] : [], `after the ${end}`);
      }
    }),
    onScene("two thousand changes recorded at once are all there, in their order", async (scene) => {
      const names = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
      await scene.record(...names);
      assert.deepEqual(
        (await recordedAgain(scene)).map(({ condition }) => nameOf({ key: condition })),
        names,
      );
    }),
    onScene("a condition of every key type comes back exactly, alone and among many", async (scene) => {
      const changes = trying.map((values) => changeOf(everything, { ...plain, ...values }, "upsert"));
      for (const change of changes) await recordAll(scene, [change]);
      await recordAll(scene, changes);
      const seen = (await recordedAgain(scene)).map(({ condition }) => parseCondition(everything, condition));
      const conditions = seen.map((parsed) => (parsed.ok ? parsed.condition : parsed.problems));
      assert.deepEqual(
        conditions,
        [...changes, ...changes].map(({ condition }) => condition),
      );
    }),
    onScene("a condition of 400 characters is recorded, delivered and claimed whole", async (scene) => {
      const frame = keyOf("").length;
      const names = ["x".repeat(400 - frame), "é".repeat(400 - frame), "🚲".repeat((400 - frame) / 2)];
      await scene.fold(names);
      const claims = await scene.claim();
      assert.deepEqual(claims.map(({ key }) => key).sort(), names.map(keyOf).sort());
    }),
    onScene("keys that differ in case, accents, blanks or width alone are different keys", async (scene) => {
      const names = ["a", "A", "á", "a\u0301", "a ", " a", "ａ", "ß", "ss", "SS"];
      const { inserted } = await scene.fold(names);
      assert.equal(inserted, names.length);
      assert.deepEqual((await scene.claim()).map(({ key }) => key).sort(), names.map(keyOf).sort());
    }),
    onScene("what cannot be a transaction is refused", async ({ fixture }) => {
      for (const wrong of [undefined, null, {}, 42]) {
        const recording = Promise.resolve().then(() =>
          fixture.adapter.recorder.record(wrong, [item.changed({ name: "a" })]),
        );
        await rejectsWith(["recorder.connection"], `recording on ${JSON.stringify(wrong)}`, recording);
      }
    }),
    onScene(
      "the recorder works without a session, on the caller's connection alone",
      async ({ fixture }) => {
        await fixture.session.close();
        await inTransaction(fixture, (tx) => fixture.adapter.recorder.record(tx, [item.changed({ name: "a" })]));
        const other = await fixture.openSession?.();
        const route = routeTo({});
        await other?.poller.dispatch(10, route, never);
        const { condition, recordedAt } = single(route.seen, "changes");
        assert.equal(nameOf({ key: condition }), "a");
        assert.ok(Number.isFinite(recordedAt));
      },
      // Only another session can tell.
      "multipleWorkers",
    ),
  ],
};
