import { testClaim, testDelivery } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { byStrategy, withoutBackfill } from "./claims-by-lane.ts";

const claim = (strategy: string, key: string) => testClaim({ strategy, key });

it("claims are given to their lanes in the order in which they came", () => {
  const claims = [claim("a", "1"), claim("b", "1"), claim("a", "2")];
  expect([...byStrategy(claims)]).toEqual([
    ["a", [claims[0], claims[2]]],
    ["b", [claims[1]]],
  ]);
});

it("what only a backfill asks for is no live change, though another strategy's of the same key is", () => {
  const claims = [claim("a", "1"), claim("a", "2"), claim("b", "1")];
  expect(withoutBackfill(claims, [])).toEqual({ live: claims, backfilled: [] });
  expect(withoutBackfill(claims, [testDelivery({ strategy: "a", key: "1" })])).toEqual({
    live: [claims[1], claims[2]],
    backfilled: [claims[0]],
  });
});
