import { expect, test, vi } from "vitest";
import type { Route } from "../../contracts/poller.ts";
import type { AnswerRow } from "../../model/answer-row.ts";
import { runSteps, type SqlDriver } from "./driver.ts";
import { createDispatch } from "./take.ts";

const change = ["7", "order", '{"orderId":42}', "upsert", null, 1_000];
const taken: readonly AnswerRow[] = [change, ["9", ...change.slice(1)]];

/** Answers as told, and logs what was asked. */
function databaseOf(answers: {
  readonly lock: readonly AnswerRow[];
  readonly take?: readonly AnswerRow[];
  /** While the first statement runs. */
  readonly locking?: () => void;
}) {
  const log: string[] = [];
  const driver: SqlDriver<string> = {
    run: async () => [],
    async transaction(steps) {
      const end = await runSteps(steps(), async ({ statement, given }) => {
        log.push(`${statement} ${JSON.stringify(given)}`);
        if (statement === "lock") answers.locking?.();
        if (statement === "lock") return answers.lock;
        if (statement === "take") return answers.take ?? [];
        return statement === "upsert" ? [["40", 1, 0, ""]] : [];
      });
      log.push(end.undo === true ? "rollback" : "commit");
      return end.result;
    },
  };
  const dispatch = createDispatch(driver, {
    lockDispatcher: "lock",
    oldestChanges: "take",
    deleteChanges: "delete",
    keepRefused: "refuse",
    upsert: "upsert",
  });
  return { log, dispatch: (route: Route) => dispatch(1_000, route, new AbortController().signal) };
}

const toNobody: Route = () => ({ deliveries: [], refused: [] });

test("another's lock is told as busy, and nothing more is asked", async () => {
  const { log, dispatch } = databaseOf({ lock: [] });
  expect(await dispatch(toNobody)).toMatchObject({ status: "busy", taken: 0 });
  expect(log).toEqual(['lock {"after":"0"}', "rollback"]);
});

test("without a change nothing is taken", async () => {
  const { log, dispatch } = databaseOf({ lock: [[null]] });
  expect(await dispatch(toNobody)).toMatchObject({ status: "done", taken: 0 });
  expect(log).toEqual(['lock {"after":"0"}', "rollback"]);
});

test("what is taken is deleted, routed with the strategies' revision, and written", async () => {
  const { log, dispatch } = databaseOf({ lock: [["3"]], take: taken });
  const result = await dispatch((changes, revision) => {
    expect(revision).toBe("3");
    expect(changes.map(({ id }) => id)).toEqual(["7", "9"]);
    const delivery = { strategy: "s", key: "k", ordinal: "0", operation: "upsert" as const };
    return { refused: [], deliveries: [{ ...delivery, firstRecordedAt: 1_000, changes: 2 }] };
  });
  expect(result).toMatchObject({ status: "done", taken: 2, inserted: 1, folded: 0 });
  expect(log.map((line) => line.split(" ")[0])).toEqual(["lock", "take", "delete", "upsert", "commit"]);
  expect(log[2]).toBe('delete {"ids":["7","9"]}');
});

test("what is put back, as strategies have changed, is rolled back, and found again", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    // So long that a scan from the beginning is not made each time.
    const locking = () => void vi.advanceTimersByTime(1_001);
    const { log, dispatch } = databaseOf({ lock: [["3"]], take: taken, locking });
    for (let time = 0; time < 3; time++) {
      expect(await dispatch(() => undefined)).toMatchObject({ status: "stale", taken: 0 });
      expect(log.at(-1)).toBe("rollback");
    }
    const locks = log.filter((line) => line.startsWith("lock"));
    expect(locks).toEqual(['lock {"after":"0"}', 'lock {"after":"0"}', 'lock {"after":"0"}']);
  } finally {
    vi.useRealTimers();
  }
});
