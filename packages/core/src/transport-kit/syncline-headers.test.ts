import { testCall, testItem } from "@syncline/testkit/makers";
import { expect, test } from "vitest";
import { synclineHeaders } from "./syncline-headers.ts";

test.each([
  ["what is known of a delete", "deleted", { "syncline-absence": "deleted" }],
  ["that a row has left the filter", "filtered", { "syncline-absence": "filtered" }],
  ["nothing that is not known", "unknown", {}],
] as const)("a call with one item says why its key is absent: %s", (_, absence, more) => {
  const item = { ...testItem(), absence };
  const call = testCall({ operation: "delete", batched: false, items: [item] });
  expect(synclineHeaders(call)).toEqual({ "syncline-revision": item.revision, ...more });
  expect(synclineHeaders({ ...call, batched: true })).toEqual({});
});
