import { type OwnStatement, type ParameterTypes, singleStatement, snapshotStatement } from "./statement.ts";
import { declareNow } from "./time.ts";

/** First what a snapshot sees, which waits for nobody; then the same for a database that allows none. */
export interface TwoStatements {
  readonly inSnapshot: OwnStatement;
  readonly elsewhere: OwnStatement;
}

interface Parts {
  readonly types: ParameterTypes;
  /** As `found` yields them, and their declaration. */
  readonly columns: string;
  readonly held: string;
  readonly hints: string;
}

/** What locks answers from a table variable: a client that stops reading must keep nobody waiting. */
export function inSnapshotOrNot(
  name: string,
  found: (hints: string) => string,
  { types, columns, held, hints }: Parts,
): TwoStatements {
  return {
    inSnapshot: snapshotStatement(name, `${declareNow}\n${found("")};`, types),
    elsewhere: singleStatement(
      `${name}-without-snapshot`,
      `SET DEADLOCK_PRIORITY LOW;
${declareNow}
DECLARE @found TABLE (n int IDENTITY NOT NULL PRIMARY KEY, ${held});
INSERT INTO @found (${columns})
${found(hints)};
SELECT ${columns}
  FROM @found
 ORDER BY n;`,
      types,
    ),
  };
}
