import { type Connections, translating } from "@syncline/core/adapter-kit";
import type {
  FieldType,
  KeyEquality,
  Problem,
  QueryRunner,
  TemplateDescription,
  TemplateProbe,
} from "@syncline/core/spi";
import type { Connection, Prepare } from "mariadb";
import { markOf } from "./dialect.ts";
import { breaksConnection, translateError, wordsOf } from "./errors.ts";
import { equalityOf, findsItsRow, type KeyUse, refusal } from "./key-uses.ts";
import { selectText } from "./select-text.ts";
import { isMariadb } from "./sessions.ts";
import { type ColumnShape, geometry } from "./wire-values.ts";

/**
 * What the server compares a template's keys with: MariaDB says nothing of a parameter, and compares
 * anything with anything. So each occurrence is tried as an expression that cannot be compared, and
 * the error of preparing it names what stands on the other side, through derived tables, unions and
 * functions. Nothing is run.
 */
export function describerWith(connections: Connections<Connection>): NonNullable<QueryRunner["describe"]> {
  return (probe, signal) =>
    translating(
      (error) => translateError(error, breaksConnection(error) ? "query" : "prepared"),
      () => connections.withConnection((connection) => describe(connection, probe), signal),
    );
}

/**
 * Of two collations, so that it has none: compared with any text or bytes, it is an error that
 * names theirs.
 */
const mixed = "CONCAT(@`syncline a`, @`syncline b`)";
/** Is compared with nothing but geometry, and with text. */
const point = "POINT(0, 0)";
/** Is compared with no column at all: of texts, this names the type, and not the collation. */
const row = "ROW(1, 1)";

/** What is read of errors is English. */
const prologue =
  "SET lc_messages = 'en_US', @`syncline a` = _utf8mb4'a' COLLATE utf8mb4_danish_ci, " +
  "@`syncline b` = _utf8mb4'a' COLLATE utf8mb4_spanish_ci";

async function describe(connection: Connection, probe: TemplateProbe): Promise<TemplateDescription> {
  const { text, occurrences } = probe;
  const select = selectText({ kind: "one", text }, 1).text;
  await connection.query(prologue);
  const shapes = await geometriesIn(connection, select);
  if (typeof shapes !== "number") throw shapes.error;
  const uses: KeyUse[] = [];
  for (const position of occurrences.keys()) uses.push(await useOf(connection, select, position + 1, shapes));
  const problems: Problem[] = [];
  const equality: { [field: string]: KeyEquality } = {};
  for (const [name, type] of new Map(occurrences.map((occurrence) => [occurrence.name, occurrence.type]))) {
    const own = uses.filter((_, index) => occurrences[index]?.name === name);
    const reason = reasonOf(name, type, own, isMariadb(connection));
    if (reason !== undefined) problems.push({ at: "query", message: `:${name} ${reason}.` });
    const [kind, ...others] = new Set(own.flatMap((use) => equalityOf(use) ?? []));
    equality[name] = kind === undefined || others.length > 0 || type !== "string" ? "exact" : kind;
  }
  problems.push(...(await zoneProblems(connection, text)));
  return { types: occurrences.map(() => undefined), equality, problems };
}

function reasonOf(name: string, type: FieldType, uses: readonly KeyUse[], namesTypes: boolean): string | undefined {
  const reason = uses.flatMap((use) => refusal(name, type, use) ?? [])[0];
  if (reason !== undefined || type === "string" || uses.some((use) => findsItsRow(type, use))) return reason;
  if (uses.every(({ as }) => as === "selected")) return undefined;
  // MySQL names texts and bytes alone: what it does not name is a number or a time.
  if (!namesTypes && type !== "uuid") return undefined;
  return (
    `has the type ${type}, and the server does not say what it is compared with, so that a row could be taken for deleted: ` +
    `compare it with a column, or convert it in words, as in CAST(:${name} AS CHAR)`
  );
}

/** @param shapes columns of geometry that the template has without the key. */
async function useOf(connection: Connection, select: string, position: number, shapes: number): Promise<KeyUse> {
  const mark = markOf(String(position));
  if (isUnhexed(select, mark)) return { as: "converted" };
  const tried = (expression: string) =>
    geometriesIn(
      connection,
      select.replace(mark, () => expression),
    );
  const wordsOn = async (expression: string) => errorWords(await tried(expression));
  const asMixed = await wordsOn(mixed);
  if (/^Illegal mix of collations \(/.test(asMixed)) {
    const collations = collationsIn(asMixed);
    // A CHAR has no blanks at its end, whatever its collation makes of them.
    const isPadded =
      !collations.some((name) => /nopad|_0900_|^binary$/.test(name)) || typeIn(await wordsOn(row)) === "char";
    return { as: "text", collations, isPadded };
  }
  const found = await tried(point);
  if (typeof found === "number") return { as: found > shapes ? "selected" : "unknown" };
  const asPoint = errorWords(found);
  // As of CAST, DATE, CONVERT_TZ.
  if (asPoint.startsWith("Illegal parameter data type point for operation")) return { as: "converted" };
  const type = typeIn(asPoint);
  const operation = /for operation '(.*)'/.exec(asPoint)?.[1];
  return type === undefined || operation === undefined ? { as: "unknown" } : { as: "typed", type, operation };
}

/** A UUID that becomes bytes finds them however its text is spelled. */
function isUnhexed(select: string, mark: string): boolean {
  const start = select.indexOf(mark);
  const [before, after] = [select.slice(0, start), select.slice(start + mark.length)];
  return (
    (/\bUNHEX\s*\(\s*REPLACE\s*\(\s*$/i.test(before) && /^\s*,\s*'-'\s*,\s*''\s*\)\s*\)/.test(after)) ||
    /\bUUID_TO_BIN\s*\(\s*$/i.test(before)
  );
}

/** How many columns of geometry it has, or why it is refused. Throws what is no refusal of the text. */
async function geometriesIn(connection: Connection, text: string): Promise<number | { readonly error: unknown }> {
  try {
    const prepared: Prepare & { readonly columns?: readonly ColumnShape[] } = await connection.prepare(text);
    prepared.close();
    return (prepared.columns ?? []).filter(({ columnType }) => columnType === geometry).length;
  } catch (error) {
    if (breaksConnection(error) || translateError(error, "prepared").code !== "query.invalid") throw error;
    return { error };
  }
}

function errorWords(found: Awaited<ReturnType<typeof geometriesIn>>): string {
  return typeof found === "number" ? "" : wordsOf(found.error);
}

/** Those of the other side. */
function collationsIn(words: string): readonly string[] {
  return [...words.matchAll(/\((\w+),(?!NONE)[A-Z]+\)/g)].flatMap(([, name]) => name ?? []);
}

function typeIn(words: string): string | undefined {
  const [, ...types] = /data types (.+) and (.+) for operation/.exec(words) ?? [];
  return types.find((type) => type !== "point" && type !== "row")?.replace(/ unsigned$|\/json$/, "");
}

const zoneByName = /\bCONVERT_TZ\s*\([^;]*'[A-Za-z]/i;

/** Without them, a zone by name makes NULL of any time, and whatever is compared with that is not there. */
async function zoneProblems(connection: Connection, text: string): Promise<readonly Problem[]> {
  if (!zoneByName.test(text)) return [];
  const [[year] = []]: readonly (readonly unknown[])[] = await connection.query(
    "SELECT YEAR(CONVERT_TZ('2000-06-01 00:00:00', 'UTC', 'Europe/Berlin'))",
  );
  if (year !== null) return [];
  const message =
    "The server knows no time zones by name, so that CONVERT_TZ yields NULL and no row is found: " +
    "load them (mysql_tzinfo_to_sql), or name an offset, as '+01:00'.";
  return [{ at: "query", message }];
}
