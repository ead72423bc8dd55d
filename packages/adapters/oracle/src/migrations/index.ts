import type { Place } from "../sql/names.ts";
import { tables } from "./0001-tables.ts";
import { strategies } from "./0002-strategies.ts";
import { recordProcedure } from "./0003-record-procedure.ts";
import { editsOfRows } from "./0004-edits-of-rows.ts";
import { workers } from "./0005-workers.ts";
import { deadLetters } from "./0006-dead-letters.ts";
import { operations } from "./0007-operations.ts";
import { categories } from "./0008-categories.ts";
import { strategyHistory } from "./0009-strategy-history.ts";
import { traceContext } from "./0010-trace-context.ts";

export interface Migration {
  /** Its place in the list, from 1, is its version. Never changed once released. */
  readonly name: string;
  /** Each may be run again after a break: DDL commits by itself. */
  statements(place: Place): readonly string[];
}

export const migrations: readonly Migration[] = [
  { name: "0001-tables", statements: tables },
  { name: "0002-strategies", statements: strategies },
  { name: "0003-record-procedure", statements: recordProcedure },
  { name: "0004-edits-of-rows", statements: editsOfRows },
  { name: "0005-workers", statements: workers },
  { name: "0006-dead-letters", statements: deadLetters },
  { name: "0007-operations", statements: operations },
  { name: "0008-categories", statements: categories },
  { name: "0009-strategy-history", statements: strategyHistory },
  { name: "0010-trace-context", statements: traceContext },
];
