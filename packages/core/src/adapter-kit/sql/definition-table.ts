import type { OperatorRecord } from "../../contracts/audit-log.ts";
import type { DefinitionEdit, DefinitionRow, DefinitionTable } from "../../contracts/definition-table.ts";
import type { StoredCategory } from "../../contracts/strategy-store.ts";
import { type AnswerRow, flagOf } from "../../model/answer-row.ts";
import { SynclineError } from "../../model/errors.ts";
import { storedStrategy } from "../changes.ts";
import type { AuditStatements } from "./audit-log.ts";
import { type Asked, type AskedWithin, ask, askAlone, type Nothing, type SqlDriver, type SqlSteps } from "./driver.ts";

interface Named {
  readonly name: string;
}

/** Edits are steps of one transaction, or one statement for a database whose locks must not outlast a batch. */
export type DefinitionStatements<Statement> = DefinitionReads<Statement> &
  (DefinitionSteps<Statement> | { readonly editAll: AskedWithin<Statement, DefinitionEditsGiven> });

export interface DefinitionEditsGiven {
  readonly edits: readonly DefinitionEdit[];
  readonly revision: string;
  /** `null`: there is nothing to keep. */
  readonly record: OperatorRecord | null;
}

export interface DefinitionReads<Statement> {
  /**
   * In one snapshot, rows of: revision, name (NULL without a category), definition, the number of
   * its bytes if it is too large and was left out. Ordered by name.
   */
  readonly categories: Asked<Statement, Nothing>;
  /**
   * In one snapshot, rows of: revision, `category` or `strategy` (NULL without a row), name,
   * definition, whether it is enabled. Ordered by kind and name.
   */
  readonly definitions: Asked<Statement, Nothing>;
}

export interface DefinitionSteps<Statement> {
  /** Locks the row of the dispatcher, as edits do, and answers the revision. */
  readonly lockDefinitions: AskedWithin<Statement, Nothing>;
  readonly putCategory: AskedWithin<Statement, Named & { readonly definition: string }>;
  readonly putStrategy: AskedWithin<Statement, Named & { readonly definition: string; readonly enabled: boolean }>;
  readonly removeCategory: AskedWithin<Statement, Named>;
  readonly removeStrategy: AskedWithin<Statement, Named>;
  /** Of a database that keeps versions: for whom this session edits from now on; `null`: for itself. */
  readonly editFor?: AskedWithin<Statement, { readonly actor: string | null }>;
}

export interface DefinitionTables {
  readonly dispatcher: string;
  readonly category?: string;
}

/**
 * @param tables names as a person would write them.
 * @param keep of the audit.
 */
export function createDefinitionTable<Statement>(
  driver: SqlDriver<Statement>,
  statements: DefinitionStatements<Statement>,
  { dispatcher, category = "category" }: DefinitionTables,
  keep?: AuditStatements<Statement>["keep"],
): DefinitionTable {
  const revisionOf = (rows: readonly AnswerRow[]): string => {
    const revision = rows[0]?.[0];
    if (revision === null || revision === undefined)
      throw new SynclineError("database.schema", `The row of ${dispatcher} is missing. Run migrate().`);
    return String(revision);
  };
  return {
    async categories(signal) {
      const rows = await askAlone(driver, statements.categories, {}, signal);
      return { revision: revisionOf(rows), categories: rows.flatMap((row) => categoryOf(row, category)) };
    },
    async list(signal) {
      const rows = await askAlone(driver, statements.definitions, {}, signal);
      return { revision: revisionOf(rows), rows: rows.flatMap(rowOf) };
    },
    async edit(edits, revision, signal, record) {
      if ("editAll" in statements) {
        const given = { edits, revision, record: record ?? null };
        return revisionOf(await askAlone(driver, statements.editAll, given, signal)) === revision;
      }
      const steps = statements;
      return driver.transaction(function* () {
        const isSame = revisionOf(yield* ask(steps.lockDefinitions, {})) === revision;
        if (isSame) yield* editInSteps(steps, edits, record?.actor ?? null);
        if (isSame && keep !== undefined && record !== undefined) yield* ask(keep, { ...record, count: edits.length });
        return { result: isSame, undo: !isSame };
      }, signal);
    },
  };
}

/** The session may be used by others afterwards: it is nobody's then. */
function* editInSteps<Statement>(
  statements: DefinitionSteps<Statement>,
  edits: readonly DefinitionEdit[],
  actor: string | null,
): SqlSteps<Statement, void> {
  const { editFor } = statements;
  if (editFor === undefined || actor === null) {
    for (const edit of edits) yield* editSteps(statements, edit);
    return;
  }
  yield* ask(editFor, { actor });
  let failed: { readonly error: unknown } | undefined;
  try {
    for (const edit of edits) yield* editSteps(statements, edit);
  } catch (error) {
    failed = { error };
  }
  try {
    yield* ask(editFor, { actor: null });
  } catch (error) {
    // Of a transaction that has failed, nothing may be asked any more; the first failure says why.
    throw failed === undefined ? error : failed.error;
  }
  if (failed !== undefined) throw failed.error;
}

function* editSteps<Statement>(
  statements: DefinitionSteps<Statement>,
  edit: DefinitionEdit,
): SqlSteps<Statement, void> {
  const { kind, name } = edit;
  if ("remove" in edit) yield* ask(statements[kind === "category" ? "removeCategory" : "removeStrategy"], { name });
  else if (kind === "category") yield* ask(statements.putCategory, { name, definition: edit.definition });
  else yield* ask(statements.putStrategy, { name, definition: edit.definition, enabled: edit.enabled });
}

function categoryOf([, name, definition, bytes]: AnswerRow, table: string): readonly StoredCategory[] {
  if (name === null || name === undefined) return [];
  const size = bytes === null || bytes === undefined ? null : String(bytes);
  const { source, definition: read, problem } = storedStrategy(table, String(name), String(definition ?? "{}"), size);
  return [{ source, definition: { ...read }, ...(problem === undefined ? {} : { problem }) }];
}

function rowOf([, kind, name, definition, enabled]: AnswerRow): readonly DefinitionRow[] {
  if (kind !== "category" && kind !== "strategy") return [];
  return [{ kind, name: String(name), definition: String(definition), enabled: flagOf(enabled) }];
}
