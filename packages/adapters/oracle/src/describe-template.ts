import type { FieldType, KeyEquality, Problem, TemplateDescription, TemplateProbe } from "@syncline/core/spi";
import { isAscii, type KnownCharacterSet, whatIsLacking } from "./character-set.ts";
import { runStatement } from "./connections.ts";
import { oracleDialect } from "./dialect.ts";
import type { OracleColumn } from "./driver.ts";
import { refusesStatement } from "./errors.ts";
import { type KeyUse, keySqlTypes, keyUseOf, whyNotMadeText, whyNotPadded } from "./key-types.ts";
import type { RowSecurity } from "./options.ts";
import type { ReadSession } from "./read-session.ts";
import { rowPolicies } from "./sql/row-policies.ts";
import { type ParameterUse, parameterUses } from "./template/comparisons.ts";
import { wordsOf } from "./template/words.ts";

/** What is known of one occurrence of a parameter. */
interface Occurrence {
  readonly name: string;
  readonly use: ParameterUse;
  /** Absent: nobody could say what it is compared with. */
  readonly key?: KeyUse;
}

/**
 * Which types the key fields of a template meet. The server infers none for a bind, so the
 * template's comparisons are read, and the server is asked for the type of what stands on their
 * other side: it parses a SELECT of it, and runs nothing. So aliases, views, synonyms and
 * expressions are its own business. What it cannot say keeps its field's own type.
 */
export async function describeTemplate(
  session: ReadSession,
  { text, occurrences }: TemplateProbe,
  rowSecurity: RowSecurity,
  set: KnownCharacterSet,
): Promise<TemplateDescription> {
  const uses = parameterUses(text);
  const known: Occurrence[] = [];
  for (const [index, { name, type }] of occurrences.entries()) {
    const use = uses[index] ?? { isAskedForNull: false };
    const { probes: wanted = [] } = use.comparison ?? use.compared ?? {};
    const probes = wanted.map((probe) => withTypes(probe, occurrences));
    const column = await firstDescribed(session, probes);
    const key = keyOf(type, use, column);
    known.push({ name, use, ...(key === undefined ? {} : { key }) });
  }
  const { problems, ...description } = descriptionOf(known);
  const hidden = rowSecurity === "apply" ? undefined : await hiddenTable(session, text);
  return {
    ...description,
    problems: [
      ...problems,
      ...(hidden === undefined ? [] : [hiddenRows(hidden)]),
      ...(await altered(session, text, set)),
    ],
  };
}

function keyOf(type: FieldType, use: ParameterUse, column: OracleColumn | undefined): KeyUse | undefined {
  const refused = whyNotMadeText(type, use.textMaker);
  if (refused !== undefined) return { refused };
  if (column === undefined) return undefined;
  if (use.comparison !== undefined) return keyUseOf(type, column, use.comparison);
  const padded = whyNotPadded(type, column);
  return padded === undefined ? undefined : { refused: padded };
}

/** What the template says is converted on its way, too. */
async function altered(session: ReadSession, template: string, set: KnownCharacterSet): Promise<readonly Problem[]> {
  if (isAscii(template)) return [];
  const lacking = whatIsLacking(template, await session.call((connection) => set.on(connection)));
  return lacking === undefined ? [] : [{ at: "query", message: `The query ${lacking}.` }];
}

/** A table that the template may read, with a policy that this login is not exempt from. */
async function hiddenTable(session: ReadSession, template: string): Promise<string | undefined> {
  const names = tableNamesIn(template);
  if (names.length === 0) return undefined;
  const { rows } = await session.call((connection) =>
    runStatement(connection, rowPolicies, { names: JSON.stringify(names) }, false),
  );
  return rows[0]?.[0] ?? undefined;
}

function hiddenRows(table: string): Problem {
  const message =
    `A policy may hide rows of ${table} from the login that reads, and each of them would be told as deleted. Grant it ` +
    `EXEMPT ACCESS POLICY, or say rowSecurity: "apply" if hiding is meant.`;
  return { at: "query", message };
}

/** Whatever may be a table's name: as the dictionary writes it. */
function tableNamesIn(template: string): readonly string[] {
  const words = wordsOf(template).filter(({ kind }) => kind === "word" || kind === "quoted");
  const names = new Set(words.map(({ upper, text }) => (upper === "" ? text.slice(1, -1) : upper)));
  // A bind has room for 4,000 bytes; what is cut off is the end of a template with hundreds of names.
  let bytes = 2;
  return [...names].filter((name) => {
    bytes += Buffer.byteLength(JSON.stringify(name)) + 1;
    return bytes <= mostBytes;
  });
}

const mostBytes = 4_000;

/**
 * Other parameters that a probe has take the type of their field: Oracle takes a bind without one
 * for a text.
 */
function withTypes(probe: string, occurrences: TemplateProbe["occurrences"]): string {
  const native = new Map(occurrences.map((_, index) => [oracleDialect.nativeParameter?.(index + 1) ?? "", index]));
  return probe.replace(/:\w+/g, (parameter) => {
    const index = native.get(parameter);
    const type = index === undefined ? undefined : occurrences[index]?.type;
    return index === undefined || type === undefined ? parameter : oracleDialect.parameter(index + 1, type);
  });
}

async function firstDescribed(session: ReadSession, probes: readonly string[]): Promise<OracleColumn | undefined> {
  for (const probe of probes) {
    try {
      const { metaData } = await session.describe((connection) => connection.getStatementInfo(probe));
      return metaData?.[0];
    } catch (error) {
      // Its columns may be those of a SELECT around it.
      if (!refusesStatement(error)) throw error;
    }
  }
  return undefined;
}

function descriptionOf(occurrences: readonly Occurrence[]): TemplateDescription {
  const equality: { [field: string]: KeyEquality } = {};
  const problems: Problem[] = [];
  const maybeEmpty = new Set(occurrences.filter(({ use }) => use.isAskedForNull).map(({ name }) => name));
  for (const name of new Set(occurrences.map((each) => each.name))) {
    const own = occurrences.filter((each) => each.name === name && !each.use.isAskedForNull);
    const refused = own.flatMap(({ key }) => (key !== undefined && "refused" in key ? key.refused : []));
    if (refused[0] !== undefined) problems.push({ at: "query", message: `:${name} ${refused[0]}.` });
    const kinds = new Set(own.map(({ key }) => (key === undefined || "refused" in key ? undefined : key.equality)));
    const [only] = kinds;
    // Where one place says nothing, or another thing, each spelling is a key of its own: all of
    // them find their rows.
    if (kinds.size === 1 && only !== undefined) equality[name] = only;
  }
  const types = occurrences.map(({ name, key }) => {
    const sqlType = key === undefined || "refused" in key ? undefined : key.sqlType;
    return sqlType ?? (maybeEmpty.has(name) ? keySqlTypes.maybeEmpty : undefined);
  });
  return { types, equality, problems };
}
