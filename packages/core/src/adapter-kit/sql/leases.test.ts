import { expect, test } from "vitest";
import type { AnswerRow } from "../../model/answer-row.ts";
import { newClaim } from "../../model/delivery.ts";
import { runSteps, type SqlDriver } from "./driver.ts";
import { createLeases } from "./leases.ts";

const claims = ["1", "2", "3"].map((id) =>
  newClaim({ strategy: "s", key: `k${id}`, ordinal: "0", operation: "upsert", firstRecordedAt: 0, changes: 1 }, id, {
    token: "t",
    durationMs: 1_000,
  }),
);
const released = claims.map((claim) => ({ result: "released" as const, claim, delayMs: 0 }));
const accepted = claims.map((claim) => ({ result: "accepted" as const, claim }));

function leasesOf(answers: { readonly all: readonly AnswerRow[]; readonly accepted?: readonly AnswerRow[] }) {
  const log: string[] = [];
  const driver: SqlDriver<"claim" | "renew" | "all" | "accepted"> = {
    run: async (statement) => {
      log.push(statement);
      return answers[statement as "all"];
    },
    transaction: async (steps) => {
      const end = await runSteps(steps(), async ({ statement }) => {
        log.push(statement);
        return answers[statement as "accepted"] ?? [];
      });
      log.push(end.undo === true ? "rollback" : "commit");
      return end.result;
    },
  };
  const quick = answers.accepted === undefined ? {} : { settleAccepted: "accepted" as const };
  return { log, leases: createLeases(driver, { claim: "claim", renew: "renew", settleAll: "all", ...quick }) };
}

test("what is not told otherwise is applied, if the answer is for all", async () => {
  const { leases } = leasesOf({
    all: [
      [0, "late"],
      [2, "again"],
      [3, "settled"],
    ],
  });
  expect(await leases.settle(released)).toEqual(["late", "applied", "again"]);
});

test.each([
  ["without rows", []],
  ["for some of them", [[2, "settled"]]],
  ["that does not say for how many", [[0, "late"]]],
])("an answer %s is an error", async (_, all) => {
  const { leases } = leasesOf({ all });
  await expect(leases.settle(released)).rejects.toMatchObject({ code: "database.failed" });
});

test("what was accepted is settled in short, and all of it again where that did not do", async () => {
  const all = leasesOf({ all: [], accepted: [["3"]] });
  expect(await all.leases.settle(accepted)).toEqual(["applied", "applied", "applied"]);
  expect(all.log).toEqual(["accepted", "commit"]);

  for (const short of [[["2"]], []]) {
    const some = leasesOf({
      all: [
        [1, "again"],
        [3, "settled"],
      ],
      accepted: short,
    });
    expect(await some.leases.settle(accepted)).toEqual(["applied", "again", "applied"]);
    expect(some.log).toEqual(["accepted", "rollback", "all"]);
  }
});
