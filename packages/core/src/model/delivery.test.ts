import { testClaim } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { type ClaimColumn, claimColumns, claimOf, newClaim } from "./delivery.ts";

const claim = testClaim({
  ...{ id: "12", revision: "9007199254740993", operation: "delete", token: "t" },
  ...{ epoch: 2, attempts: 1, lapsed: true, firstRecordedAt: 1_000 },
});

it.each<[how: string, values: { readonly [Column in ClaimColumn]?: unknown }]>([
  ["as itself", {}],
  ["as digits", { epoch: "2", attempts: "1", lapsed: "1", firstRecordedAt: "1000" }],
  ["as other types", { id: 12n, ordinal: 0, lapsed: "true", firstRecordedAt: "1970-01-01T00:00:01.000Z" }],
])("a claim is read from a row by its columns, each %s", (_, values) => {
  const row = claimColumns.names.map((column) => values[column] ?? claim[column]);
  expect(claimOf([...row, "the adapter's own"], "t")).toEqual(claim);
});

it("a row has a column for all of a claim but its token", () => {
  expect([...claimColumns.names, "token"].sort()).toEqual(Object.keys(claim).sort());
});

it("a new delivery that goes out one by one has its id as its place", () => {
  const delivery = { strategy: "s", key: "{}", operation: "upsert", firstRecordedAt: 5, changes: 1 } as const;
  const lease = { token: "t", durationMs: 1 };
  expect(newClaim({ ...delivery, ordinal: "3" }, "9", lease)).toMatchObject({ id: "9", ordinal: "9", revision: "9" });
  expect(newClaim({ ...delivery, ordinal: "0" }, "9", lease)).toMatchObject({
    ordinal: "0",
    attempts: 0,
    lapsed: false,
  });
});
