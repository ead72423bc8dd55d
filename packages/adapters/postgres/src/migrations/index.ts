import { tables } from "./0001-tables.ts";
import { strategies } from "./0002-strategies.ts";
import { recordFunctions } from "./0003-record-functions.ts";
import { recordChangesByInsertAlone } from "./0004-record-changes-by-insert-alone.ts";
import { orderedRows } from "./0005-ordered-rows.ts";
import { namedWithTheirSchema } from "./0006-named-with-their-schema.ts";
import { editsOnly } from "./0007-edits-only.ts";
import { workers } from "./0008-workers.ts";
import { operations } from "./0009-operations.ts";
import { categories } from "./0010-categories.ts";
import { strategyHistory } from "./0011-strategy-history.ts";
import { backfills } from "./0012-backfills.ts";
import { traceContext } from "./0013-trace-context.ts";

export interface Migration {
  /** Its place in the list, from 1, is its version. Never changed once released. */
  readonly name: string;
  /** `schema` is a quoted identifier. One statement each, since the extended protocol takes no more. */
  statements(schema: string): readonly string[];
}

export const migrations: readonly Migration[] = [
  { name: "0001-tables", statements: tables },
  { name: "0002-strategies", statements: strategies },
  { name: "0003-record-functions", statements: recordFunctions },
  { name: "0004-record-changes-by-insert-alone", statements: recordChangesByInsertAlone },
  { name: "0005-ordered-rows", statements: orderedRows },
  { name: "0006-named-with-their-schema", statements: namedWithTheirSchema },
  { name: "0007-edits-only", statements: editsOnly },
  { name: "0008-workers", statements: workers },
  { name: "0009-operations", statements: operations },
  { name: "0010-categories", statements: categories },
  { name: "0011-strategy-history", statements: strategyHistory },
  { name: "0012-backfills", statements: backfills },
  { name: "0013-trace-context", statements: traceContext },
];
