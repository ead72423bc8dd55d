import type { FieldType } from "@syncline/core/spi";

/** A column type, a value of it as SQL, and the field types that somebody would declare for it. */
export interface KeyColumn {
  readonly type: string;
  readonly value: string;
  readonly fields: readonly FieldType[];
  /** Other spellings of the same value, as a person or another program may record it. */
  readonly spellings?: readonly string[];
  /**
   * JSON has a number or a boolean for it: recorded as that, it is refused for a text field, and
   * kept apart.
   */
  readonly isScalarInJson?: true;
}

/** What can be a key. `every-key-column.test.ts` holds this against PostgreSQL's catalog. */
export const keyColumns: readonly KeyColumn[] = [
  {
    type: "int2",
    value: "7",
    fields: ["integer", "bigint", "decimal", "string"],
    spellings: ["7", "007"],
    isScalarInJson: true,
  },
  { type: "int4", value: "-2147483648", fields: ["integer", "bigint", "decimal", "string"], isScalarInJson: true },
  { type: "int8", value: "9223372036854775807", fields: ["bigint", "decimal", "string"], isScalarInJson: true },
  { type: "oid", value: "4294967295", fields: ["integer", "bigint", "string"] },
  {
    type: "numeric",
    value: "1.50",
    fields: ["decimal", "string"],
    spellings: ["1.5", "1.500", "15e-1"],
    isScalarInJson: true,
  },
  {
    type: "numeric(20,4)",
    value: "12345678901234.5000",
    fields: ["decimal", "string"],
    spellings: ["12345678901234.5"],
    isScalarInJson: true,
  },
  { type: "bool", value: "true", fields: ["boolean", "string"], isScalarInJson: true },
  { type: "text", value: "'Ä \"x\" {,} \\ 1'", fields: ["string"] },
  { type: "varchar(40)", value: "'two  words '", fields: ["string"] },
  { type: "char(8)", value: "'ab'", fields: ["string"], spellings: ["ab", "ab ", "ab      "] },
  { type: "bpchar", value: "'ab '", fields: ["string"], spellings: ["ab", "ab   "] },
  { type: `"char"`, value: "'x'", fields: ["string"] },
  { type: "name", value: "'pg_Name'", fields: ["string"] },
  { type: "citext", value: "'Foo@Example.ORG'", fields: ["string"], spellings: ["foo@example.org", "FOO@EXAMPLE.ORG"] },
  {
    type: "uuid",
    value: "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
    fields: ["uuid", "string"],
    spellings: ["A0EEBC999C0B4EF8BB6D6BB9BD380A11"],
  },
  { type: "mood", value: "'so so'", fields: ["string"] },
  { type: "code", value: "'ab'", fields: ["string"] },
  { type: "date", value: "'2024-02-29'", fields: ["date", "string"] },
  {
    type: "timestamptz",
    value: "'2024-02-29 12:34:56.123456+03'",
    fields: ["timestamp", "string"],
    spellings: ["2024-02-29T09:34:56.123456Z"],
  },
  {
    type: "timestamptz(3)",
    value: "'2024-02-29 12:34:56.120+03'",
    fields: ["timestamp", "string"],
    spellings: ["2024-02-29T09:34:56.12Z"],
  },
  { type: "timestamp", value: "'2024-02-29 12:34:56.120'", fields: ["string"], spellings: ["2024-02-29T12:34:56.12"] },
  { type: "time", value: "'12:34:56.123456'", fields: ["string"] },
  { type: "timetz", value: "'12:34:56+03'", fields: ["string"] },
  { type: "interval", value: "'1 day 02:03:04'", fields: ["string"] },
  { type: "bytea", value: "'\\xdeadbeef'", fields: ["string"] },
  { type: "inet", value: "'10.0.0.1'", fields: ["string"], spellings: ["10.0.0.1", "10.0.0.1/32"] },
  { type: "inet", value: "'2001:db8::1'", fields: ["string"], spellings: ["2001:db8::1/128"] },
  { type: "inet", value: "'10.1.0.0/16'", fields: ["string"] },
  { type: "cidr", value: "'10.0.0.0/8'", fields: ["string"] },
  { type: "macaddr", value: "'08:00:2b:01:02:03'", fields: ["string"] },
  { type: "macaddr8", value: "'08:00:2b:01:02:03:04:05'", fields: ["string"] },
  { type: "bit(4)", value: "B'1010'", fields: ["string"] },
  { type: "varbit", value: "B'101'", fields: ["string"] },
  { type: "pg_lsn", value: "'16/B374D848'", fields: ["string"] },
  { type: "xid8", value: "'18446744073709551615'", fields: ["string"] },
  { type: "tid", value: "'(42,7)'", fields: ["string"] },
  { type: "int4range", value: "'[1,5)'", fields: ["string"] },
  { type: "tstzrange", value: "'[2024-01-01 00:00+00,2024-02-01 00:00+00)'", fields: ["string"] },
  { type: "tsvector", value: "'a:1 b:2'", fields: ["string"] },
  { type: "tsquery", value: "'a & b'", fields: ["string"] },
];

/** A column that can be no key, and the words that say so where the strategy is made. */
export const refusedColumns: readonly (readonly [type: string, field: FieldType, words: RegExp])[] = [
  ["float4", "string", /no floating-point number can be a key/],
  ["float8", "string", /no floating-point number can be a key/],
  ["float4", "decimal", /no floating-point number can be a key/],
  ["float8", "decimal", /no floating-point number can be a key/],
  ["float8", "integer", /no floating-point number can be a key/],
  ["timestamp", "timestamp", /AT TIME ZONE/],
  ["money", "string", /depends on the locale/],
  ["money", "decimal", /depends on the locale/],
];

/**
 * Types that the catalog can compare and that are left out here, and why: a condition holds
 * scalars, and these are structures, or the catalog's own.
 */
export const leftOut: readonly string[] = [
  "jsonb",
  "oidvector",
  "anyarray",
  "anyenum",
  "anyrange",
  "anymultirange",
  "record",
  "datemultirange",
  "int4multirange",
  "int8multirange",
  "nummultirange",
  "tsmultirange",
  "tstzmultirange",
  "daterange",
  "int8range",
  "numrange",
  "tsrange",
];
