import assert from "node:assert/strict";
import { isSynclineError } from "@syncline/core/spi";
import { eventually, never, single } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { DatabaseFixture } from "../fixture.ts";
import { accepted, leaseOf, routeTo, strategyName } from "../scene.ts";

async function losesItsConnection(
  fixture: DatabaseFixture,
  what: string,
  operation: () => Promise<unknown>,
): Promise<void> {
  const outcome = await fixture.interruptDuring?.(operation);
  const error = outcome?.error;
  assert.ok(isSynclineError(error), `${what} that lost its connection ended with ${String(error)}`);
  assert.equal(error.code, "database.unavailable", what);
  assert.equal(error.retryable, true, `${what}: a lost connection is worth another try`);
}

export const interruptionChecks: DatabaseCheckGroup = {
  name: "a connection that is lost",
  checks: [
    onScene(
      "during dispatch puts every change back",
      async ({ fixture, record, poller, dispatch }) => {
        await record("a", "b");
        await losesItsConnection(fixture, "a dispatch", () => poller.dispatch(10, routeTo({}), never));
        assert.deepEqual((await dispatch()).inserted, 2);
      },
      "interruption",
    ),
    onScene(
      "during claim leases nothing",
      async ({ fixture, fold, claim }) => {
        await fold(["a"]);
        await losesItsConnection(fixture, "a claim", () => claim());
        const only = await eventually("the claim", async () => (await claim())[0]);
        assert.equal(only.attempts, 0);
      },
      "interruption",
    ),
    onScene(
      "during renew and settle changes nothing, and both work afterwards",
      async ({ fixture, fold, claimOne, poller, counts }) => {
        await fold(["a"]);
        const only = await claimOne();
        await losesItsConnection(fixture, "a renewal", () => poller.renew([only], 1));
        await losesItsConnection(fixture, "a settle", () => poller.settle(accepted([only])));
        assert.equal((await counts())?.leased, 1);
        assert.deepEqual(await poller.renew([only], 600_000), [only.id]);
        assert.deepEqual(await poller.settle(accepted([only])), ["applied"]);
      },
      "interruption",
    ),
    onScene(
      "during an operator's call is reported, and the next call works",
      async ({ fixture, fold, poller, backlog }) => {
        const { claims } = await fold(["a"], { lease: leaseOf() });
        const failure = { kind: "rejected", code: "x", message: "no", effect: "no" } as const;
        await poller.settle([{ result: "dead", claim: single(claims, "claims"), failure }]);
        await losesItsConnection(fixture, "a status", () => backlog.status(never));
        await losesItsConnection(fixture, "a requeue", () => backlog.requeue({ strategy: strategyName }, never));
        assert.equal(await backlog.requeue({ strategy: strategyName }, never), 1);
      },
      "interruption",
    ),
  ],
};
