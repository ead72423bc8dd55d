import { type OwnStatement, singleStatement } from "./statement.ts";

/** A second one at the same time waits for the first, and then finds its row. */
export function pauseStrategy(schema: string): OwnStatement {
  return singleStatement(
    "pause-strategy",
    `INSERT INTO ${schema}.pause (strategy)
SELECT @strategy
 WHERE NOT EXISTS (SELECT 1 FROM ${schema}.pause WITH (UPDLOCK, HOLDLOCK) WHERE strategy = @strategy);`,
    { strategy: "varchar(64)" },
  );
}

export function resumeStrategy(schema: string): OwnStatement {
  return singleStatement("resume-strategy", `DELETE FROM ${schema}.pause WHERE strategy = @strategy;`, {
    strategy: "varchar(64)",
  });
}
