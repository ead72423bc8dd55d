import { tables } from "./0001-tables.ts";
import { strategies } from "./0002-strategies.ts";
import { recordProcedures } from "./0003-record-procedures.ts";
import { oneByOne } from "./0004-one-by-one.ts";
import { editsOfRows } from "./0005-edits-of-rows.ts";
import { workers } from "./0006-workers.ts";
import { wholeRecords } from "./0007-whole-records.ts";
import { operations } from "./0008-operations.ts";
import { categories } from "./0009-categories.ts";
import { strategyHistory } from "./0010-strategy-history.ts";
import { traceContext } from "./0011-trace-context.ts";

export interface Migration {
  /** Its place in the list, from 1, is its version. Never changed once released. */
  readonly name: string;
  /** `schema` is a quoted identifier. One batch each: what creates a trigger or a procedure must stand alone. */
  statements(schema: string): readonly string[];
}

export const migrations: readonly Migration[] = [
  { name: "0001-tables", statements: tables },
  { name: "0002-strategies", statements: strategies },
  { name: "0003-record-procedures", statements: recordProcedures },
  { name: "0004-one-by-one", statements: oneByOne },
  { name: "0005-edits-of-rows", statements: editsOfRows },
  { name: "0006-workers", statements: workers },
  { name: "0007-whole-records", statements: wholeRecords },
  { name: "0008-operations", statements: operations },
  { name: "0009-categories", statements: categories },
  { name: "0010-strategy-history", statements: strategyHistory },
  { name: "0011-trace-context", statements: traceContext },
];
