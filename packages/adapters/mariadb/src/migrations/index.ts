import { tables } from "./0001-tables.ts";
import { operations } from "./0002-operations.ts";
import { categories } from "./0003-categories.ts";
import { strategyHistory } from "./0004-strategy-history.ts";
import { traceContext } from "./0005-trace-context.ts";

export interface Migration {
  /** Its place in the list, from 1, is its version. Never changed once released. */
  readonly name: string;
  /** `schema` is a quoted identifier. Each statement may be run again. */
  statements(schema: string): readonly string[];
}

export const migrations: readonly Migration[] = [
  { name: "0001-tables", statements: tables },
  { name: "0002-operations", statements: operations },
  { name: "0003-categories", statements: categories },
  { name: "0004-strategy-history", statements: strategyHistory },
  { name: "0005-trace-context", statements: traceContext },
];
