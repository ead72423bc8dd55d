import { carriedEach, columnName } from "@syncline/core/adapter-kit";

/**
 * Names and keys compare as code units: two keys that differ only in case, accents or width are two keys, whatever the
 * database's collation is. (It also is the order in which rows are locked.)
 */
export const binary = "COLLATE Latin1_General_100_BIN2";

/** A strategy's name: 64 characters of ASCII. */
export const strategyName = `varchar(64) ${binary}`;

/** A canonical condition: 400 characters, and so 800 bytes of an index key. */
export const keyText = `nvarchar(400) ${binary}`;

/** `pending`, `upsert`, `accepted`, … */
export const word = `varchar(10) ${binary}`;

/** UTC, from the server's clock. */
export const instant = "datetime2(3)";

/** Of what a delivery answers with, by the kit's names. */
const types = {
  ...carriedEach((_, { most, isOptional }) => `varchar(${most}) ${binary}${isOptional ? "" : " NOT NULL"}`),
  id: "bigint NOT NULL",
  strategy: `${strategyName} NOT NULL`,
  key: `${keyText} NOT NULL`,
  ordinal: "bigint NOT NULL",
  revision: "bigint NOT NULL",
  state: `${word} NOT NULL`,
  operation: `${word} NOT NULL`,
  epoch: "int NOT NULL",
  attempts: "int NOT NULL",
  lapsed: "int NOT NULL",
  leased: "int NOT NULL",
  firstRecordedAt: `${instant} NOT NULL`,
  diedAt: instant,
  dueInMs: "bigint NOT NULL",
  ageMs: "bigint NOT NULL",
  failureKind: "varchar(20)",
  failureCode: "nvarchar(200)",
  failureMessage: "nvarchar(2000)",
} as const;

export type TypedColumn = keyof typeof types;

/** Columns of a table variable. */
export function declared(names: readonly TypedColumn[]): string {
  return names.map((name) => `${name === "key" ? "[key]" : columnName(name)} ${types[name]}`).join(", ");
}

/** Without a collation: as what it travels. */
export function plainType(name: TypedColumn): string {
  return types[name].split(" ")[0] ?? "";
}
