import { expect, test } from "vitest";
import { age, type ColumnSpelling, columnsOf, digits, flag, instant, number, optionalText, text } from "./columns.ts";

interface Row {
  readonly id: string;
  readonly key: string;
  readonly note: string | null;
  readonly attempts: number;
  readonly firstRecordedAt: number;
  readonly paused: boolean;
  readonly oldestAgeMs: number;
}

const columns = columnsOf<Row>({
  id: digits,
  key: text,
  note: optionalText,
  attempts: number,
  firstRecordedAt: instant,
  paused: flag,
  oldestAgeMs: age,
});

const spelling: ColumnSpelling = {
  name: (column) => (column === "key" ? "[key]" : column),
  kinds: { digits: (column) => `${column}::text`, instant: (column) => `ms(${column})` },
};

test("the SELECT list has each column by its name, as it travels", () => {
  expect(columns.select(spelling, { from: "d.", as: { paused: "p.name IS NOT NULL" } })).toBe(
    "d.id::text, d.[key], d.note, d.attempts, ms(d.first_recorded_at), p.name IS NOT NULL, d.oldest_age_ms",
  );
  expect(columns.list(spelling)).toBe("id, [key], note, attempts, first_recorded_at, paused, oldest_age_ms");
});

test("a long list goes on in the next line, as deep as the first", () => {
  const lines = columns.list(spelling, { from: "a_table_with_a_long_name.", indent: 4 }).split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines.slice(1)) expect(line).toMatch(/^ {4}a_table.{1,110}$/);
});

test("a row is read by the same definition, whatever the driver makes of numbers and times", () => {
  const row = { id: "9007199254740993", key: "{}", note: null, attempts: 2, firstRecordedAt: 1_000, paused: true };
  const expected = { ...row, oldestAgeMs: 0 };
  expect(columns.rowOf([row.id, "{}", null, "2", "1970-01-01T00:00:01.000Z", "1", null, "more"])).toEqual(expected);
  expect(columns.rowOf([row.id, "{}", undefined, 2, 1_000, true, 0])).toEqual(expected);
  expect(Object.entries(columns.at).map(([name, at]) => columns.names[at] === name)).not.toContain(false);
});
