import {
  isSynclineError,
  type KeyEquality,
  type Problem,
  type QueryRunner,
  SynclineError,
  type TemplateDescription,
  type TemplateProbe,
} from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { ownTypes } from "./key-expression.ts";
import { type InferredType, type KeyUse, keyUseOf, parseType } from "./key-types.ts";
import { placeOf } from "./parameter-place.ts";
import { describeParameters, filteredTables, foreignCodePages } from "./sql/describe-parameters.ts";

/** By occurrence; `undefined` where the server cannot deduce a type. */
type InferredTypes = readonly (InferredType | undefined)[];

export interface DescribeSettings {
  /** Rows that a security policy hides are meant to be absent. */
  readonly appliesRowSecurity: boolean;
}

export function describeWith(
  connections: Connections,
  { appliesRowSecurity }: DescribeSettings,
): NonNullable<QueryRunner["describe"]> {
  return async (probe, signal) => {
    const description = await describeTemplate(connections, probe, signal);
    const hidden = appliesRowSecurity ? [] : await hiddenRows(connections, probe.text, signal);
    return { ...description, problems: [...description.problems, ...hidden] };
  };
}

/** A table is looked for by its name: what stands behind a view or a synonym is not found. */
async function hiddenRows(connections: Connections, text: string, signal: AbortSignal): Promise<readonly Problem[]> {
  const rows = await orNothing(connections.run(filteredTables, {}, signal));
  const words = new Set(text.toLowerCase().match(/[\p{L}_@#][\p{L}\p{N}_@#$]*/gu));
  return (rows ?? [])
    .filter(([table]) => words.has(String(table).toLowerCase()))
    .map(([table, policy]) => ({
      at: "query",
      message:
        `The security policy ${policy} hides rows of ${table}, and a hidden row would be told as deleted: read with a login ` +
        'that sees every row, and say query: { rowSecurity: "apply" }, also if hiding is meant.',
    }));
}

/** `undefined` where the server refuses, for a reason that does not pass. */
async function orNothing<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (!isSynclineError(error) || error.retryable || error.code === "operation.aborted") throw error;
    return undefined;
  }
}

/**
 * Asks the server which types it would take the parameters of a template for. Where it takes none,
 * as in `SELECT :id AS id`, they have their key fields' own.
 */
async function describeTemplate(
  connections: Connections,
  probe: TemplateProbe,
  signal: AbortSignal,
): Promise<TemplateDescription> {
  const inferred = await inferredTypes(connections, probe, signal);
  const isByteText = inferred.some((type) => type?.name === "varchar" || type?.name === "char");
  const codePage = isByteText && (await hasOneCodePage(connections, signal));
  const uses = probe.occurrences.map(({ type }, index): KeyUse => {
    const found = inferred[index];
    const place = placeOf(probe.text, index + 1);
    return keyUseOf(type, found, place, codePage);
  });
  return { types: uses.map(({ sqlType }) => sqlType), ...judge(probe, uses) };
}

/**
 * All at once; and where that fails (`:a = :b` leaves nothing to deduce from), one after the other,
 * the others declared. Errors: `query.invalid` where it is not for want of types.
 */
async function inferredTypes(
  connections: Connections,
  probe: TemplateProbe,
  signal: AbortSignal,
): Promise<InferredTypes> {
  const all = await askFor(connections, probe, "all", signal);
  if (all !== undefined) return all;
  await refuseUnlessTaken(connections, probe, signal);
  if (probe.occurrences.length < 2) return [];
  const types: (InferredType | undefined)[] = [];
  for (const index of probe.occurrences.keys()) {
    types.push((await askFor(connections, probe, index, signal))?.[index]);
  }
  return types;
}

/** With every parameter declared, nothing is left but the text. */
async function refuseUnlessTaken(connections: Connections, probe: TemplateProbe, signal: AbortSignal): Promise<void> {
  try {
    await connections.run(describeParameters, questionOf(probe, "none"), signal);
  } catch (error) {
    if (!isSynclineError(error) || error.retryable || error.code === "operation.aborted") throw error;
    throw new SynclineError("query.invalid", error.message, { cause: error });
  }
}

/** `only`: the occurrence that is asked for. `undefined`: the server refuses. */
async function askFor(
  connections: Connections,
  probe: TemplateProbe,
  only: number | "all",
  signal: AbortSignal,
): Promise<InferredTypes | undefined> {
  const rows = await orNothing(connections.run(describeParameters, questionOf(probe, only), signal));
  if (rows === undefined) return undefined;
  const byName = new Map(rows.map((row) => [String(row[1]), parseType(row[3] === null ? null : String(row[3]))]));
  return probe.occurrences.map((_, index) => byName.get(`@p${index + 1}`));
}

/** Those that are not asked for are declared. */
function questionOf({ text, occurrences }: TemplateProbe, asked: number | "all" | "none") {
  const declared = occurrences.flatMap(({ type }, index) =>
    asked === "all" || asked === index ? [] : [`@p${index + 1} ${ownTypes[type]}`],
  );
  return { text, declared: declared.length === 0 ? null : declared.join(", ") };
}

async function hasOneCodePage(connections: Connections, signal: AbortSignal): Promise<boolean> {
  const [row] = await connections.run(foreignCodePages, {}, signal);
  return Number(row?.[0] ?? 1) === 0;
}

function judge(
  { occurrences }: TemplateProbe,
  uses: readonly KeyUse[],
): Pick<TemplateDescription, "equality" | "problems"> {
  const problems: Problem[] = [];
  const equality: { [field: string]: KeyEquality } = {};
  for (const name of new Set(occurrences.map((occurrence) => occurrence.name))) {
    const own = uses.filter((_, index) => occurrences[index]?.name === name);
    const refused = own.find(({ isFinal }) => isFinal) ?? own.find(({ refusal }) => refusal !== undefined);
    // A key that is compared elsewhere, too, may stand in an arithmetic beside it.
    if (refused !== undefined && (refused.isFinal || own.every(({ refusal }) => refusal !== undefined)))
      problems.push({ at: "query", message: `:${name} ${refused.refusal}.` });
    equality[name] = equalityOf(own);
  }
  return { equality, problems };
}

function equalityOf(uses: readonly KeyUse[]): KeyEquality {
  const kinds = new Set(uses.flatMap(({ refusal, equality }) => (refusal === undefined ? [equality] : [])));
  if (kinds.has("padded")) return "padded";
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : "exact";
}
