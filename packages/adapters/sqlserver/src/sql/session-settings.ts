import { type OwnStatement, singleStatement } from "./statement.ts";

/** Session settings, and what they must be: 1 for ON. */
export const neededSettings = [
  { name: "ANSI_NULLS", wanted: 1 },
  { name: "ANSI_PADDING", wanted: 1 },
  { name: "ANSI_WARNINGS", wanted: 1 },
  { name: "CONCAT_NULL_YIELDS_NULL", wanted: 1 },
  { name: "QUOTED_IDENTIFIER", wanted: 1 },
  { name: "NUMERIC_ROUNDABORT", wanted: 0 },
] as const;

/**
 * One row of `neededSettings`. From OPENJSON, which a database of a compatibility level below 130
 * does not have (error 208). With ANSI_WARNINGS on, ARITHABORT may be either.
 */
export const sessionSettings: OwnStatement = singleStatement(
  "session-settings",
  `SELECT ${neededSettings.map(({ name }) => `CAST(SESSIONPROPERTY('${name}') AS int)`).join(", ")}
  FROM OPENJSON(N'[1]') AS probe;`,
);
