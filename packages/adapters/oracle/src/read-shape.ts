import { parseJsonText } from "@syncline/core/adapter-kit";
import { SynclineError, type WireValue } from "@syncline/core/spi";
import oracledb from "oracledb";
import type { OracleColumn } from "./driver.ts";
import { quoteIdentifier } from "./sql/names.ts";
import { mostRows } from "./sql/parameters.ts";
import { dateFormat, dateText, timestampFormat, timestampText, timestampUtcText } from "./time-text.ts";
import { fetchAs, plainTypes } from "./wire-values.ts";

/** How a strategy's statement is sent, so that its values come without loss. */
export interface ReadShape {
  readonly text: string;
  readonly columns: readonly string[];
  /** For each column that the server makes a text of: how that is read. */
  readonly readers: readonly (((text: string) => WireValue) | undefined)[];
}

const rows = `"syncline rows"`;

/**
 * What a statement is described by: it, as a sub-query, with no more rows than allowed. So it can be nothing but one SELECT,
 * and the server stops at the limit. A line break follows it, since it may end in a comment.
 */
export function limited(text: string, columns = "*"): string {
  return `SELECT ${columns} FROM (
${text}
) ${rows} WHERE ROWNUM <= :${mostRows}`;
}

/**
 * The same for a description. Another text to the driver, which keeps what it knows of each: some of
 * its releases trip over a LOB that was described as one and is then fetched as a text.
 */
export function describable(text: string): string {
  return `${limited(text)}\n`;
}

/** Errors: `query.invalid` for two columns of one name, or a type that cannot be sent. */
export function shapeOf(text: string, columns: readonly OracleColumn[]): ReadShape {
  const names = columns.map(({ name }) => name);
  refuseTwins(names);
  const written = columns.map((column) => writtenAs(column));
  if (written.every((each) => each === undefined))
    return { text: limited(text), columns: names, readers: columns.map(() => undefined) };
  const list = columns.map(({ name }, index) => {
    const quoted = quoteIdentifier(name);
    const write = written[index]?.write;
    return write === undefined ? `${rows}.${quoted}` : `${write(`${rows}.${quoted}`)} AS ${quoted}`;
  });
  return { text: limited(text, list.join(", ")), columns: names, readers: written.map((each) => each?.read) };
}

/** Whether the server must make a text of it. */
export function needsWriting({ dbType }: OracleColumn): boolean {
  return writers.has(dbType);
}

interface WrittenAs {
  readonly write: (column: string) => string;
  readonly read: (text: string) => WireValue;
}

const inUtc = (column: string) =>
  `TO_CHAR(SYS_EXTRACT_UTC(CAST(${column} AS TIMESTAMP(9) WITH TIME ZONE)), ${timestampFormat})`;

const writers: ReadonlyMap<unknown, WrittenAs> = new Map<unknown, WrittenAs>([
  [oracledb.DB_TYPE_DATE, { write: (column) => `TO_CHAR(${column}, ${dateFormat})`, read: dateText }],
  [oracledb.DB_TYPE_TIMESTAMP, { write: (column) => `TO_CHAR(${column}, ${timestampFormat})`, read: timestampText }],
  [oracledb.DB_TYPE_TIMESTAMP_TZ, { write: inUtc, read: timestampUtcText }],
  [oracledb.DB_TYPE_TIMESTAMP_LTZ, { write: inUtc, read: timestampUtcText }],
  [oracledb.DB_TYPE_JSON, { write: (column) => `JSON_SERIALIZE(${column} RETURNING CLOB ASCII)`, read: parseJsonText }],
  [oracledb.DB_TYPE_XMLTYPE, { write: (column) => `XMLSERIALIZE(CONTENT ${column} AS CLOB)`, read: (text) => text }],
]);

function writtenAs(column: OracleColumn): WrittenAs | undefined {
  const writer = writers.get(column.dbType);
  if (writer !== undefined || plainTypes.has(column.dbType) || fetchAs(column, "string") !== undefined) return writer;
  const message = `The column ${column.name} has the type ${column.dbTypeName ?? "unknown"}, which cannot be sent: convert it in the query.`;
  throw new SynclineError("query.invalid", message);
}

function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined)
    throw new SynclineError("query.invalid", `Two columns have the name ${twin}: give one of them an alias.`);
  const unnameable = names.find((name) => name.includes('"'));
  if (unnameable !== undefined) throw new SynclineError("query.invalid", `The column ${unnameable} needs an alias.`);
}
