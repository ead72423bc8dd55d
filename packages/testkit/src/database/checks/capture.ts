import assert from "node:assert/strict";
import {
  type CaptureTarget,
  type CategoryFields,
  type ChangeCapture,
  category,
  isSynclineError,
  parseCondition,
} from "@syncline/core/spi";
import { never, rejectsWith, sameMembers } from "../../suite/expectations.ts";
import { type DatabaseCheck, type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { routeTo, type Scene } from "../scene.ts";

interface Captured {
  readonly capture: ChangeCapture;
  /** The fixture's source table, with these fields and columns. */
  target(fields: CategoryFields, columns?: { readonly [field: string]: string }): CaptureTarget;
  /** The keys recorded since it was asked last, sorted. */
  recorded(): Promise<readonly string[]>;
}

function onCapture(name: string, run: (captured: Captured, scene: Scene) => Promise<void>): DatabaseCheck {
  const onTable = async (scene: Scene) => {
    const { session, source } = scene.fixture;
    const table = source.captureName;
    assert.ok(session.capture !== undefined, "the session has capture, as the capability says");
    assert.ok(table !== undefined, "the fixture's source has a captureName");
    const target: Captured["target"] = (fields, columns = {}) => ({
      category: category("conformance.captured", fields),
      source: { table, columns },
    });
    const recorded = async () => {
      const route = routeTo();
      await scene.poller.dispatch(1_000, route, never);
      return route.seen.map(({ condition }) => condition.replaceAll(/[\s"]/g, "")).sort();
    };
    await run({ capture: session.capture, target, recorded }, scene);
  };
  return onScene(name, onTable, "capture");
}

const row = (id: number, owner = 1, label: string | null = null) => ({ id, owner, label });

export const captureChecks: DatabaseCheckGroup = {
  name: "captured changes",
  checks: [
    onCapture("each key that a statement writes to a captured table is recorded once", async (captured, scene) => {
      const { source } = scene.fixture;
      const installed = await captured.capture.install(captured.target({ id: "integer" }), never);
      assert.equal(installed.state, "installed");
      assert.ok(installed.statements.length > 0 && installed.triggers.length > 0, "it says what it has made");
      await source.put([row(1), row(2)]);
      assert.deepEqual(await captured.recorded(), ["{id:1}", "{id:2}"], "inserted");
      await source.put([row(2, 1, "new"), row(3)]);
      assert.deepEqual(await captured.recorded(), ["{id:2}", "{id:3}"], "updated and inserted");
      await source.remove([1, 3]);
      assert.deepEqual(await captured.recorded(), ["{id:1}", "{id:3}"], "deleted");
    }),
    onCapture("a key that changes is two, and one that several rows have is recorded once", async (captured, scene) => {
      const { source } = scene.fixture;
      await captured.capture.install(captured.target({ ownerId: "integer" }, { ownerId: "owner" }), never);
      await source.put([row(1, 5), row(2, 5)]);
      assert.deepEqual([...new Set(await captured.recorded())], ["{ownerId:5}"]);
      await source.put([row(1, 6)]);
      sameMembers([...new Set(await captured.recorded())], ["{ownerId:5}", "{ownerId:6}"], "the old and the new key");
    }),
    onCapture("what is recorded can be read as a key of the category", async (captured, scene) => {
      const target = captured.target({ id: "bigint", label: "string" });
      await captured.capture.install(target, never);
      const label = `quotes " ' \\ and line\nbreaks, ü`;
      await scene.fixture.source.put([row(1, 1, label)]);
      const route = routeTo();
      await scene.poller.dispatch(10, route, never);
      const parsed = route.seen.map(({ condition }) => parseCondition(target.category, condition));
      assert.deepEqual(
        parsed.map((each) => (each.ok ? each.condition : each.problems)),
        [{ id: "1", label }],
      );
    }),
    onCapture("to install again changes nothing, and what was removed records nothing", async (captured, scene) => {
      const target = captured.target({ id: "integer" });
      const { capture } = captured;
      const before = await capture.show(target, never);
      assert.deepEqual([before.state, before.triggers], ["absent", []]);
      assert.ok(before.statements.length > 0, "show says what install would run");
      await capture.install(target, never);
      assert.equal((await capture.show(target, never)).state, "installed");
      assert.deepEqual((await capture.install(target, never)).statements, []);
      await scene.fixture.source.put([row(1)]);
      assert.deepEqual(await captured.recorded(), ["{id:1}"]);
      assert.equal((await capture.remove(target, never)).state, "absent");
      assert.deepEqual((await capture.remove(target, never)).statements, [], "a second time");
      await scene.fixture.source.put([row(2)]);
      assert.deepEqual(await captured.recorded(), []);
    }),
    onCapture("a table or a column that is not there is refused, by its place", async ({ capture, target }) => {
      const sound = target({ id: "integer" });
      const nowhere = { ...sound, source: { ...sound.source, table: `${sound.source.table}_not_there` } };
      const misnamed = target({ id: "integer" }, { id: "not_there" });
      for (const [at, wrong] of [
        ["source.table", nowhere],
        ["source.columns.id", misnamed],
      ] as const) {
        const error: unknown = await capture.install(wrong, never).catch((thrown: unknown) => thrown);
        assert.ok(isSynclineError(error), `${at}: refused`);
        assert.deepEqual([error.code, error.problems.map((each) => each.at)], ["config.invalid", [at]]);
      }
    }),
    onCapture("of capture, a call whose signal has fired does nothing", async (captured, scene) => {
      const { capture } = captured;
      const target = captured.target({ id: "integer" });
      const aborted = AbortSignal.abort();
      const call = (member: keyof ChangeCapture) =>
        rejectsWith(
          ["operation.aborted"],
          `an aborted ${member}`,
          Promise.resolve().then<unknown>(() => capture[member](target, aborted)),
        );
      await call("install");
      await call("show");
      assert.equal((await capture.show(target, never)).state, "absent");
      await capture.install(target, never);
      await call("remove");
      await scene.fixture.source.put([row(1)]);
      assert.deepEqual(await captured.recorded(), ["{id:1}"]);
    }),
  ],
};
