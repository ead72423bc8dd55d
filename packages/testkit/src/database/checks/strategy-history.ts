import assert from "node:assert/strict";
import type { StrategyHistoryQuery, StrategyVersion } from "@syncline/core/spi";
import { testStrategy } from "../../makers/test-strategy.ts";
import { never } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { Scene } from "../scene.ts";

async function versions({ fixture }: Scene, name: string, query: StrategyHistoryQuery = {}) {
  const { strategyHistory } = fixture.session;
  assert.ok(strategyHistory !== undefined, "the session has a history of strategies");
  return strategyHistory.list(name, query, never);
}

function put({ fixture }: Scene, name: string, path: string): Promise<void> {
  const { category, ...definition } = testStrategy({ name, path });
  return fixture.strategies?.put({ ...definition, category: category.name } as never) ?? Promise.reject(new Error());
}

function told(list: readonly StrategyVersion[]) {
  return list.map(({ version, change, definition }) => {
    return `${version} ${change} ${(JSON.parse(definition) as { readonly path?: string }).path}`;
  });
}

export const strategyHistoryChecks: DatabaseCheckGroup = {
  name: "the history of strategies",
  checks: [
    onScene(
      "each version of a strategy is kept, with its definition, whoever edits the table",
      async (scene) => {
        assert.deepEqual(await versions(scene, "crm"), []);
        await put(scene, "crm", "/a");
        await put(scene, "other", "/x");
        await put(scene, "crm", "/b");
        await scene.fixture.strategies?.remove("crm");
        await put(scene, "crm", "/b");
        const all = await versions(scene, "crm");
        assert.deepEqual(told(all), ["4 created /b", "3 deleted /b", "2 changed /b", "1 created /a"]);
        assert.ok(
          all.every(({ strategy, at }) => strategy === "crm" && Math.abs(at - Date.now()) < 86_400_000),
          "of this strategy, each with its time",
        );
        assert.deepEqual(told(await versions(scene, "crm", { before: 4, limit: 2 })), ["3 deleted /b", "2 changed /b"]);
      },
      "strategyHistory",
      "strategyTable",
    ),
    onScene(
      "what leaves a strategy as it was is no version of it",
      async (scene) => {
        await put(scene, "crm", "/a");
        await put(scene, "crm", "/a");
        await put(scene, "crm", "/a");
        assert.deepEqual(told(await versions(scene, "crm")), ["1 created /a"]);
      },
      "strategyHistory",
      "strategyTable",
    ),
    onScene(
      "the history and the audit name whom an edit was made for, of that edit alone",
      async (scene) => {
        const { definitions, strategyHistory, audit } = scene.fixture.session;
        assert.ok(definitions !== undefined && strategyHistory !== undefined && audit !== undefined);
        const edit = async (name: string, actor: string | null, definition = "{}") => {
          const { revision } = await definitions.list(never);
          const record = { action: "apply", actor, reason: null, strategy: null, selection: "{}" } as const;
          const row = { kind: "strategy", name, definition, enabled: true } as const;
          return await definitions.edit([row], revision, never, record);
        };
        const authors = async () => {
          const named = ["crm", "erp", "web"].map(async (name) => (await versions(scene, name))[0]?.author);
          return await Promise.all(named);
        };
        await edit("crm", "ann");
        await edit("erp", "bob");
        await assert.rejects(edit("web", "eve", "no JSON"), "what is no JSON is refused");
        await edit("web", null);
        const [first, second, last] = await authors();
        assert.deepEqual([first, second], ["ann", "bob"]);
        assert.ok(last !== "ann" && last !== "bob" && last !== "eve", "who is not named is nobody before");
        const { items } = await audit.list({ action: "edit-strategy" }, never);
        assert.deepEqual(
          items.slice(1).map(({ strategy, actor }) => [strategy, actor]),
          [
            ["erp", "bob"],
            ["crm", "ann"],
          ],
        );
      },
      "audit",
      "definitions",
      "strategyHistory",
    ),
    onScene(
      "an edit of a strategy is in the audit as well",
      async (scene) => {
        await put(scene, "crm", "/a");
        await put(scene, "crm", "/a");
        await scene.fixture.strategies?.remove("crm");
        const entries = (await scene.fixture.session.audit?.list({ action: "edit-strategy" }, never))?.items ?? [];
        assert.deepEqual(
          entries.map(({ strategy, count }) => [strategy, count]),
          [
            ["crm", 1],
            ["crm", 1],
          ],
        );
      },
      "audit",
      "strategyHistory",
      "strategyTable",
    ),
  ],
};
