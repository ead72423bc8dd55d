import { expect, test } from "vitest";
import type { AnswerRow } from "../../model/answer-row.ts";
import { ask, askAlone, runSteps, runStepsNow, type SqlDriver, type SqlStep, type SqlSteps } from "./driver.ts";

/** Answers with its text; one that is `broken` fails. */
function answerOf({ statement }: SqlStep<string>): readonly AnswerRow[] {
  if (statement === "broken") throw new Error("It is broken.");
  return [[statement]];
}

const runners: readonly (readonly [string, (steps: SqlSteps<string, unknown>) => unknown])[] = [
  ["one after the other", (steps) => runSteps(steps, async (step) => answerOf(step))],
  ["without waiting", async (steps) => runStepsNow(steps, answerOf)],
];

test.each(runners)("%s, each step gets the rows of its statement", async (_, run) => {
  const steps = function* (): SqlSteps<string, unknown> {
    const [first] = yield* ask("first", {});
    const [second] = yield* ask(() => ask("second", {}), {});
    return [first, second];
  };
  expect(await run(steps())).toEqual([["first"], ["second"]]);
});

test.each(runners)("%s, what a statement throws is thrown where it was asked, and may be caught", async (_, run) => {
  const caught = function* (): SqlSteps<string, unknown> {
    try {
      return yield* ask("broken", {});
    } catch {
      return yield* ask("another", {});
    }
  };
  expect(await run(caught())).toEqual([["another"]]);
  await expect(async () => run(ask("broken", {}))).rejects.toThrow("It is broken.");
});

test("one statement is run by itself, steps in a transaction", async () => {
  const ran: string[] = [];
  const driver: SqlDriver<string> = {
    run: async (statement) => {
      ran.push(statement);
      return [[statement]];
    },
    transaction: async (steps) => {
      ran.push("begin");
      const { result } = await runSteps(steps(), async (step) => {
        ran.push(step.statement);
        return answerOf(step);
      });
      return result;
    },
  };
  expect(await askAlone(driver, "one", {})).toEqual([["one"]]);
  expect(
    await askAlone(
      driver,
      function* () {
        yield* ask("two", {});
        return yield* ask("three", {});
      },
      {},
    ),
  ).toEqual([["three"]]);
  expect(ran).toEqual(["one", "begin", "two", "three"]);
});
