import { expect, test, vi } from "vitest";
import type { Route } from "../../contracts/poller.ts";
import type { AnswerRow } from "../../model/answer-row.ts";
import { runSteps, type SqlDriver } from "./driver.ts";
import { createDispatch, takeStepsOf } from "./take.ts";

const change = ["7", "order", '{"orderId":42}', "upsert", null, 1_000];
const taken: readonly AnswerRow[] = [change, ["9", ...change.slice(1)]];

const range = [["7", "9"]];

/** Answers as told, and logs what was asked. */
function databaseOf(
  answers: { readonly [statement: string]: readonly AnswerRow[] },
  /** While the first statement runs. */
  looking = () => {},
) {
  const log: string[] = [];
  const driver: SqlDriver<string> = {
    run: async () => [],
    async transaction(steps) {
      const end = await runSteps(steps(), async ({ statement, given }) => {
        log.push(`${statement} ${JSON.stringify(given)}`);
        if (statement === "range") looking();
        return answers[statement] ?? [];
      });
      log.push(end.undo === true ? "rollback" : "commit");
      return end.result;
    },
  };
  const take = takeStepsOf<string>({
    changeRange: "range",
    lockDispatcher: "lock",
    oldestChanges: "oldest",
    deleteChanges: "delete",
    amongFloods: { otherChanges: "others", floodChanges: "flood" },
  });
  const dispatch = createDispatch(driver, { keepRefused: "refuse", upsert: "upsert" }, take);
  return {
    log,
    dispatch: (route: Route, limit = 1_000) => dispatch(limit, route, new AbortController().signal),
  };
}

const toNobody: Route = () => ({ deliveries: [], refused: [] });

test("without a change nothing is locked", async () => {
  const { log, dispatch } = databaseOf({ range: [[null, null]] });
  expect(await dispatch(toNobody)).toMatchObject({ status: "done", taken: 0 });
  expect(log).toEqual(['range {"after":"0"}', "rollback"]);
});

test("another's lock is told as busy, and nothing more is asked", async () => {
  const { log, dispatch } = databaseOf({ range, lock: [] });
  expect(await dispatch(toNobody)).toMatchObject({ status: "busy", taken: 0 });
  expect(log).toEqual(['range {"after":"0"}', "lock {}", "rollback"]);
});

test("what is taken is deleted, routed with the strategies' revision, and written", async () => {
  const { log, dispatch } = databaseOf({ range, lock: [["3"]], oldest: taken, upsert: [["40", 1, 0, ""]] });
  const result = await dispatch((changes, revision) => {
    expect(revision).toBe("3");
    expect(changes.map(({ id }) => id)).toEqual(["7", "9"]);
    const delivery = { strategy: "s", key: "k", ordinal: "0", operation: "upsert" as const };
    return { refused: [], deliveries: [{ ...delivery, firstRecordedAt: 1_000, changes: 2 }] };
  });
  expect(result).toMatchObject({ status: "done", taken: 2, inserted: 1, folded: 0 });
  expect(log.map((line) => line.split(" ")[0])).toEqual(["range", "lock", "oldest", "delete", "upsert", "commit"]);
  expect(log[2]).toBe('oldest {"from":"7","limit":1000}');
  expect(log[3]).toBe('delete {"ids":["7","9"]}');
});

test("what is put back, as strategies have changed, is rolled back, and found again", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    // So long that a scan from the beginning is not made each time.
    const looking = () => void vi.advanceTimersByTime(1_001);
    const { log, dispatch } = databaseOf({ range, lock: [["3"]], oldest: taken }, looking);
    for (let time = 0; time < 3; time++) {
      expect(await dispatch(() => undefined)).toMatchObject({ status: "stale", taken: 0 });
      expect(log.at(-1)).toBe("rollback");
    }
    const looks = log.filter((line) => line.startsWith("range"));
    expect(looks).toEqual(['range {"after":"0"}', 'range {"after":"0"}', 'range {"after":"0"}']);
  } finally {
    vi.useRealTimers();
  }
});

test("what is of no flood goes first, then each flood's share", async () => {
  const backfilled = ["8", "order", '{"orderId":43}', "upsert", "s", 1_000];
  const other = ["12", "customer", '{"id":1}', "upsert", null, 1_000];
  const { log, dispatch } = databaseOf({
    range: [["7", "500000"]],
    lock: [["3"]],
    oldest: [change, backfilled],
    others: [other],
    flood: [change],
  });
  await dispatch(toNobody, 2);
  log.length = 0;
  const ids: string[] = [];
  const route: Route = (changes) => {
    ids.push(...changes.map(({ id }) => id));
    return toNobody(changes, "3");
  };
  await dispatch(route, 2);
  expect(log).toEqual([
    'range {"after":"0"}',
    "lock {}",
    'others {"after":"6","through":"100007","limit":1,"floods":["order"],"backfills":["s"]}',
    'flood {"after":"6","through":"100007","limit":1,"category":"order","strategy":null}',
    'delete {"ids":["7","12"]}',
    "commit",
  ]);
  // In the order of recording.
  expect(ids).toEqual(["7", "12"]);
});
