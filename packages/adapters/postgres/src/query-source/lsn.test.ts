import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, test } from "vitest";
import { column, openPool } from "../testing/session.ts";
import { endOfRecords, lsnOf, lsnText } from "./lsn.ts";

const pool = openPool(await testDatabase(), 1);
const page = 8_192n;
const file = 16n * 1_024n * 1_024n;

test.each(["0/0", "0/2000028", "1/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"])(
  "%s is the position that the server takes it for",
  async (text) => {
    expect(lsnText(lsnOf(text))).toBe(text);
    const [bytes] = await column(pool, "SELECT $1::pg_lsn - '0/0'::pg_lsn", [text]);
    expect(String(lsnOf(text))).toBe(bytes);
  },
);

test.each([
  ["behind a file's header, where the next record will begin", "0/2000028", "0/2000000"],
  ["behind a page's header", "0/2002018", "0/2002000"],
  ["behind a record that ends on a page of which it began before", "0/2002020", "0/2002020"],
  ["at that place of a page that a file's header would have", "0/2002028", "0/2002028"],
  ["in a page", "0/2000148", "0/2000148"],
])("%s: %s is reached at %s", (_, insert, end) => {
  expect(lsnText(endOfRecords(lsnOf(insert), page, file))).toBe(end);
});
