import { text } from "./parameters.ts";
import { statement } from "./statement.ts";

export function pauseStrategy(schema: string) {
  return statement(
    "pause",
    { strategy: text },
    ({ strategy }) => `INSERT INTO ${schema}.pause (strategy) VALUES (${strategy}) ON CONFLICT (strategy) DO NOTHING`,
  );
}

export function resumeStrategy(schema: string) {
  return statement(
    "resume",
    { strategy: text },
    ({ strategy }) => `DELETE FROM ${schema}.pause WHERE strategy = ${strategy}`,
  );
}
