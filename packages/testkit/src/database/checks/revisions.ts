import assert from "node:assert/strict";
import type { Claim, DatabaseSession } from "@syncline/core/spi";
import { never } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { item, leaseOf, routeTo, strategyName } from "../scene.ts";

/** Brings changes of these names to a session's own tables, and leases what became of them. */
async function claimAnew(session: DatabaseSession, names: readonly string[]): Promise<readonly Claim[]> {
  const changes = names.map((name) => item.changed({ name }));
  await session.backlog.backfill({ strategy: strategyName, changes }, never);
  await session.poller.dispatch(1_000, routeTo({}), never);
  return session.poller.claim([{ strategy: strategyName, count: 1_000, strict: false }], leaseOf(), never);
}

function revisionsOf(claims: readonly Claim[]): readonly bigint[] {
  return claims.map(({ revision }) => BigInt(revision));
}

/** A receiver that keeps the highest revision of each key refuses what is lower, for ever. */
export const revisionChecks: DatabaseCheckGroup = {
  name: "revisions",
  checks: [
    onScene("a later dispatch draws higher revisions, each delivery one of its own", async ({ fold, claim }) => {
      await fold(["a", "b", "c"]);
      const first = revisionsOf(await claim());
      await fold(["d", "e"]);
      const second = revisionsOf(await claim());
      assert.equal(new Set([...first, ...second]).size, 5, "each delivery has a revision of its own");
      for (const later of second) for (const earlier of first) assert.ok(later > earlier, `${later} after ${earlier}`);
    }),
    onScene("a revision is a number that JavaScript holds", async ({ fold, claimOne }) => {
      await fold(["a"]);
      const { revision } = await claimOne();
      assert.match(revision, /^[1-9]\d*$/);
      assert.ok(Number.isSafeInteger(Number(revision)), revision);
    }),
    onScene(
      "tables that are made anew draw revisions above those of the earlier ones",
      async ({ fold, claim, fixture }) => {
        const names = ["a", "b", "c", "d"];
        for (const name of names) await fold([name]);
        const earlier = revisionsOf(await claim());
        assert.equal(earlier.length, names.length);
        const session = await fixture.openAnew?.();
        assert.ok(session !== undefined, "the fixture makes no tables anew");
        await session.migrate(never);
        const anew = revisionsOf(await claimAnew(session, names));
        assert.equal(anew.length, names.length, "deliveries of the new tables");
        for (const later of anew) for (const each of earlier) assert.ok(later > each, `${later} after ${each}`);
      },
      "tablesAnew",
    ),
  ],
};
