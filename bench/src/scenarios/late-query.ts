import { withDatabase } from "../drain/database.ts";
import { withChild } from "../drain/run-drain.ts";
import type { Measurement } from "../report/measurement.ts";
import { spread } from "../report/statistics.ts";
import type { LateQueryResult, LateQueryTrial } from "../workers/late-query.ts";
import type { Scenario } from "./scenario.ts";

const leading = "ms for 500 keys";
const rows = 50_000;

export const lateQuery: Scenario = {
  name: "late-query",
  async run(context) {
    const repeats: (readonly Measurement[])[] = [];
    for (let repeat = 1; repeat <= context.repeats; repeat += 1) {
      const result = await withDatabase(context, rows, (databaseUrl) =>
        withChild(context.program("late-query"), async (child) => {
          const trial: LateQueryTrial = { databaseUrl, rows, keys: 500, rounds: context.quick ? 10 : 60 };
          return (await child.ask("measure", trial)) as LateQueryResult;
        }),
      );
      repeats.push(
        Object.entries(result).map(([contender, ms]) => ({ contender, values: { [leading]: spread(ms)?.median } })),
      );
      context.say(`late-query ${repeat}/${context.repeats}`);
    }
    const single = "one query per key, prepared";
    return {
      scenario: this.name,
      title: "Reading the current rows of 500 keys",
      leading,
      compared: [leading],
      columns: [],
      baseline: "Syncline: composer and runner",
      targets: [{ contender: single, metric: leading, against: "Syncline: composer and runner", atLeast: 12 }],
      repeats,
      notes: [],
    };
  },
};
