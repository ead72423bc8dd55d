import { randomUUID } from "node:crypto";
import {
  isSynclineError,
  type KeyEquality,
  type LocateInTemplate,
  type Problem,
  SynclineError,
  type TemplateDescription,
  type TemplateProbe,
} from "@syncline/core/spi";
import { isAskedForEquality } from "./compared-place.ts";
import type { PgQuery } from "./driver.ts";
import { sqlStateOf, translateError } from "./errors.ts";
import { type InferredType, type KeyUse, keyUseOf, ownTypes } from "./key-types.ts";
import type { QueryWords } from "./query-answer.ts";
import type { ReadSession } from "./read-connection.ts";
import * as sql from "./sql/describe-parameters.ts";

/** Runs `work` in a read-only session of its own: a statement that fails ends it. */
export type InSession = <Result>(work: (session: ReadSession) => Promise<Result>) => Promise<Result>;

/** A template's parameters, as they are asked about together. */
interface Question {
  readonly text: string;
  /** The key field of each parameter of the text. */
  readonly parameters: TemplateProbe["occurrences"];
  readonly words: QueryWords;
  readonly locate?: LocateInTemplate;
}

/**
 * Asks the server which types it infers for a template's parameters, by preparing it: nothing of it
 * is planned or run. Where it infers none, as in `:id IS NULL`, the parameter has its key field's
 * own type.
 *
 * Each occurrence is asked about by itself, since a field may stand in places of several types;
 * where the template needs them to be one and the same, as in GROUP BY, all occurrences of a field
 * are asked about as one.
 */
export async function describeTemplate(
  inSession: InSession,
  probe: TemplateProbe,
  serverMessages = false,
): Promise<TemplateDescription> {
  const { text, sharedText, occurrences } = probe;
  const locate: LocateInTemplate = (offset) => probe.locate?.(offset);
  const apart: Question = { text, parameters: occurrences, words: { serverMessages }, locate };
  try {
    return describe(occurrences, await usesIn(inSession, apart));
  } catch (error) {
    const names = [...new Set(occurrences.map(({ name }) => name))];
    if (isTransient(error) || names.length === occurrences.length) throw error;
    const parameters = names.flatMap((name) => occurrences.find((occurrence) => occurrence.name === name) ?? []);
    const shared = await usesIn(inSession, { text: sharedText, parameters, words: { serverMessages } }).catch(
      (second: unknown) => {
        throw isTransient(second) ? second : error;
      },
    );
    return describe(
      occurrences,
      occurrences.flatMap(({ name }) => shared[names.indexOf(name)] ?? []),
    );
  }
}

/** What an occurrence of a parameter is bound as. */
interface BoundUse {
  readonly use: KeyUse;
  readonly type: InferredType | undefined;
}

function isTransient(error: unknown): boolean {
  return !isSynclineError(error) || error.retryable || error.code === "operation.aborted";
}

async function usesIn(inSession: InSession, question: Question): Promise<readonly BoundUse[]> {
  const undetermined = new Set<number>();
  for (;;) {
    try {
      const inferred = await inSession((session) => inferredTypes(session, question, undetermined));
      const foldsCase = inferred.some(({ name }) => name === "citext") && (await inSession(foldsAsciiCase));
      const uses = await settled(inSession, question, usesOf(question, inferred, undetermined, foldsCase));
      return uses.map((use, index) => ({ use, type: inferred[index] }));
    } catch (error) {
      const left = stillUndetermined(error, question, undetermined);
      if (left.length === 0) throw error;
      for (const position of left) undetermined.add(position);
    }
  }
}

/**
 * Parameters that have to have their key field's own type: the one that the server names (`42P18
 * could not determine data type of parameter $1`, in any language), or all of them where it finds
 * several functions for what it does not know, or none.
 */
function stillUndetermined(
  error: unknown,
  { parameters }: Question,
  undetermined: ReadonlySet<number>,
): readonly number[] {
  if (!isSynclineError(error)) return [];
  const state = sqlStateOf(error.cause) ?? "";
  const named = state === "42P18" ? Number(Reflect.get(Object(error.cause), "parameter")) : 0;
  if (named === 0 && !ambiguous.has(state)) return [];
  const positions = named === 0 ? parameters.map((_, index) => index + 1) : [named];
  return positions.filter((position) => position <= parameters.length && !undetermined.has(position));
}

/**
 * Ambiguous function, undefined function, datatype mismatch, indeterminate type, grouping by what
 * has no type yet.
 */
const ambiguous: ReadonlySet<string> = new Set(["42725", "42883", "42804", "42P18", "42803"]);

/**
 * Where an inferred type is unusual for a field, the field's own is tried: if the server takes it,
 * that is what was meant.
 */
async function settled(inSession: InSession, question: Question, uses: readonly KeyUse[]): Promise<readonly KeyUse[]> {
  if (!uses.some(({ use }) => use === "own if accepted")) return uses;
  const own = new Set(uses.flatMap(({ use }, index) => (use === "own" || use === "own if accepted" ? index + 1 : [])));
  const isAccepted = await inSession((session) => inferredTypes(session, question, own)).then(
    () => true,
    (error: unknown) => {
      if (isSynclineError(error) && error.retryable) throw error;
      return false;
    },
  );
  return uses.map((each) =>
    each.use === "own if accepted" ? { use: isAccepted ? "own" : "inferred", equality: each.equality } : each,
  );
}

async function inferredTypes(
  session: ReadSession,
  { text, parameters, words, locate }: Question,
  undetermined: ReadonlySet<number>,
): Promise<readonly InferredType[]> {
  const declared = parameters.map(({ type }, index) =>
    undetermined.has(index + 1) ? ownTypes[type] : "pg_catalog.unknown",
  );
  // A prepared statement outlives its transaction: should it be left behind, no other one may have its name.
  const name = `syncline probe ${randomUUID()}`;
  const prepare = sql.prepareTemplate(name, text, declared);
  await session.query(extended(prepare), false).catch((error: unknown) => {
    const sent = locate && { text: prepare, prefix: prepare.length - text.length, locate };
    throw translateError(error, "query", { ...words, sent });
  });
  const { rows } = await session.query(extended(sql.parameterTypes(name)), false);
  await session.query(extended(sql.deallocateTemplate(name)), true);
  const types = sql.typesOf(rows);
  // With one type too few, all that follow would be their neighbours'.
  if (types.length !== parameters.length) {
    throw new SynclineError(
      "query.invalid",
      `PostgreSQL told ${types.length} types for ${parameters.length} parameters.`,
    );
  }
  return types;
}

async function foldsAsciiCase(session: ReadSession): Promise<boolean> {
  const { rows } = await session.query(extended(sql.foldsAsciiCase), true);
  return (rows as readonly (readonly unknown[])[])[0]?.[0] === true;
}

/** The extended protocol takes exactly one statement. */
function extended(text: string): PgQuery {
  return { text, rowMode: "array", queryMode: "extended" };
}

function usesOf(
  { text, parameters }: Question,
  inferred: readonly InferredType[],
  undetermined: ReadonlySet<number>,
  foldsCase: boolean,
): readonly KeyUse[] {
  return parameters.map(({ type }, index): KeyUse => {
    const found = inferred[index];
    if (found === undefined || undetermined.has(index + 1)) return { use: "own", equality: "exact" };
    const use = keyUseOf(type, found, isAskedForEquality(text, index + 1));
    return use.use === "inferred" && use.equality === "caseless" && !foldsCase ? { ...use, equality: "exact" } : use;
  });
}

function describe(occurrences: TemplateProbe["occurrences"], bound: readonly BoundUse[]): TemplateDescription {
  const problems: Problem[] = [];
  const equality: { [field: string]: KeyEquality } = {};
  for (const name of new Set(occurrences.map((occurrence) => occurrence.name))) {
    const own = bound.flatMap(({ use }, index) => (occurrences[index]?.name === name ? use : []));
    const isFinal = (use: KeyUse) => use.use === "refused" && use.isFinal === true;
    const refused = own.find(isFinal) ?? own.find((use) => use.use === "refused");
    // A key that is compared elsewhere, too, may stand in an arithmetic beside it.
    if (refused?.use === "refused" && (isFinal(refused) || own.every((use) => use.use === "refused"))) {
      problems.push({ at: "query", message: `:${name} ${refused.reason}.` });
    }
    equality[name] = equalityOf(own);
  }
  const types = bound.map(({ use, type }) =>
    use.use === "own" || type === undefined ? undefined : sql.qualifiedType(type),
  );
  return { types, equality, problems };
}

/**
 * Of all places in which a field stands. Blanks at the end of `char(n)` mean nothing wherever its
 * value is used as text, too.
 */
function equalityOf(uses: readonly KeyUse[]): KeyEquality {
  const kinds = new Set(uses.flatMap((use) => (use.use === "refused" ? [] : [use.equality])));
  if (kinds.has("padded")) return "padded";
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : "exact";
}
