import type { FieldType } from "@syncline/core/spi";

/** What becomes of a row whose key a trigger has recorded. */
export type KeyFate =
  /** It is found, under the key of the condition. */
  | "found"
  /** Core keeps the change apart: the recorded value is none of the field's type. */
  | "kept apart"
  /** The check of the strategy says why this can be no key. */
  | "refused";

/** A column type, a value of it as SQL, the field that it feeds, and what becomes of it. */
export type KeyColumn = readonly [type: string, value: string, field: FieldType, fate: KeyFate];

const everyText = ["char(8)", "varchar(20)", "nchar(8)", "nvarchar(20)"];

export const keyColumns: readonly KeyColumn[] = [
  ...everyText.map((type): KeyColumn => [type, "N'a''b\"c'", "string", "found"]),
  ...everyText.map((type): KeyColumn => [type, "N' ü '", "string", "found"]),
  ["nvarchar(20)", "N'名 😀'", "string", "found"],
  ["nvarchar(500)", "REPLICATE(N'x', 500)", "string", "kept apart"],
  ["varchar(20)", "'2026-03-31'", "date", "refused"],
  ["varchar(20)", "'7'", "integer", "found"],
  ["char(36)", "'0E984725-C51C-4BF4-9960-E1C80E27ABA0'", "uuid", "found"],
  ...["tinyint", "smallint", "int", "bigint"].flatMap((type): readonly KeyColumn[] => [
    [type, "42", "integer", "found"],
    [type, "42", "bigint", "found"],
    [type, "42", "string", "found"],
  ]),
  ["bigint", "9223372036854775807", "bigint", "found"],
  ["bit", "1", "boolean", "found"],
  ["int", "1", "boolean", "found"],
  ["int", "2", "boolean", "kept apart"],
  ["decimal(10, 2)", "1.50", "decimal", "found"],
  ["decimal(10, 2)", "1.50", "string", "found"],
  ["decimal(38, 19)", "1.0123456789012345678", "decimal", "found"],
  ["money", "1.2345", "decimal", "found"],
  ["money", "1.2345", "string", "found"],
  ["float", "0.1", "decimal", "refused"],
  ["real", "0.1", "string", "refused"],
  ["uniqueidentifier", "'0E984725-C51C-4BF4-9960-E1C80E27ABA0'", "uuid", "found"],
  ["uniqueidentifier", "'0E984725-C51C-4BF4-9960-E1C80E27ABA0'", "string", "found"],
  ["date", "'2026-03-31'", "date", "found"],
  ["date", "'2026-03-31'", "string", "found"],
  ["date", "'2026-03-31'", "timestamp", "refused"],
  ["datetime", "'2026-01-02T03:04:05.003'", "string", "found"],
  ["datetime", "'2026-01-02T03:04:05.003'", "timestamp", "refused"],
  ["datetime", "'2026-01-02T03:04:05.003'", "date", "refused"],
  ["smalldatetime", "'2026-01-02T03:04:00'", "string", "found"],
  ["datetime2(7)", "'2026-01-02T03:04:05.1234567'", "string", "found"],
  ["datetime2(3)", "'2026-01-02T03:04:05.120'", "string", "found"],
  ["datetime2(7)", "'2026-01-02T03:04:05.1234567'", "timestamp", "refused"],
  ["datetimeoffset(3)", "'2026-01-02T03:04:05.123+02:00'", "timestamp", "found"],
  ["datetimeoffset(6)", "'2026-01-02T03:04:05.123456+02:00'", "timestamp", "found"],
  ["datetimeoffset(7)", "'2026-01-02T03:04:05.1234567+02:00'", "timestamp", "refused"],
];

/**
 * Refused by the check; and should nobody look, what a trigger records of these is kept apart, and
 * compared with nothing.
 */
export function isKeptApartAsWell([type, , field]: KeyColumn): boolean {
  return field === "timestamp" && type !== "datetimeoffset(3)" && type !== "datetimeoffset(6)";
}
