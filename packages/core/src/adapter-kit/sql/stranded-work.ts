import type { StrandedPortion, StrandedWork } from "../../contracts/stranded-work.ts";
import { countOf, strandedBacklogOf } from "../rows.ts";
import { attendedNames, gapsBetween, namesInParts } from "../stranded-work.ts";
import { type AuditStatements, act, whereAny } from "./audit-log.ts";
import { type Asked, type AskedWithin, askAlone, type SqlDriver } from "./driver.ts";

export interface StrandedStatements<Statement> {
  /**
   * Says what the worker has: `parts` are JSON arrays of names, to be kept one a row until `lapseMs`
   * from now. Answers those of the other living workers, in the same form.
   */
  readonly attend: Asked<
    Statement,
    { readonly worker: string; readonly parts: readonly string[]; readonly lapseMs: number }
  >;
  /** What is between names, exclusively. Answers as `strandedBacklogOf` reads it. */
  readonly listStranded: Asked<
    Statement,
    { readonly gaps: readonly { readonly low: string; readonly high: string }[] }
  >;
  /** Answers how many. */
  readonly moveStranded: AskedWithin<
    Statement,
    StrandedPortion & { readonly target: string; readonly category: string }
  >;
  /** Answers how many. */
  readonly discardStranded: AskedWithin<Statement, StrandedPortion>;
  readonly audit?: AuditStatements<Statement>;
}

export function createStrandedWork<Statement>(
  driver: SqlDriver<Statement>,
  statements: StrandedStatements<Statement>,
): StrandedWork {
  const { audit } = statements;
  return {
    async attend(worker, strategies, lapseMs, signal) {
      const given = { worker, parts: namesInParts(strategies), lapseMs };
      return attendedNames((await askAlone(driver, statements.attend, given, signal)).map(([names]) => names));
    },
    async list(known, signal) {
      const { low, high } = gapsBetween(known);
      const gaps = low.map((each, index) => ({ low: each, high: high[index] ?? "" }));
      return (await askAlone(driver, statements.listStranded, { gaps }, signal)).map(strandedBacklogOf);
    },
    async move(portion, { strategy: target, category }, signal, record) {
      const given = { ...portion, target, category };
      const acting = { audit, record, signal, countsFor: whereAny };
      return countOf(await act(driver, statements.moveStranded, given, acting));
    },
    discard: async (portion, signal, record) =>
      countOf(await act(driver, statements.discardStranded, portion, { audit, record, signal, countsFor: whereAny })),
  };
}
