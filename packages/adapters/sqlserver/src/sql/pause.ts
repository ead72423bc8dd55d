import { keepOperation, recordParameter } from "./audit.ts";
import { type OwnStatement, ownTransaction } from "./statement.ts";

const parameters = { strategy: "varchar(64)", ...recordParameter } as const;
const answer = "SELECT 1;";

/** A second one at the same time waits for the first, and then finds its row. */
export function pauseStrategy(schema: string): OwnStatement {
  const work = `INSERT INTO ${schema}.pause (strategy)
SELECT @strategy
 WHERE NOT EXISTS (SELECT 1 FROM ${schema}.pause WITH (UPDLOCK, HOLDLOCK) WHERE strategy = @strategy);
${keepOperation(schema, "1")}`;
  return ownTransaction("pause-strategy", { work, answer }, parameters);
}

export function resumeStrategy(schema: string): OwnStatement {
  const work = `DELETE FROM ${schema}.pause WHERE strategy = @strategy;
${keepOperation(schema, "1")}`;
  return ownTransaction("resume-strategy", { work, answer }, parameters);
}
