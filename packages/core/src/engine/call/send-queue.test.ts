import { testClaim, testItem } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import { type Delivery, leasedDelivery } from "../lane/delivery.ts";
import { SendQueue } from "./send-queue.ts";

function ready(id: string, operation: "upsert" | "delete"): Delivery {
  const delivery = leasedDelivery(testClaim({ id }), 0, { leaseLost: () => {} });
  delivery.prepared = { operation, item: testItem(), bytes: 0 } as never;
  delivery.state = "ready";
  return delivery;
}

it("puts fewer deletes into a call than upserts, where the interface takes fewer", () => {
  const queue = new SendQueue();
  const operations = "uuduuddduud".split("");
  queue.add(operations.map((letter, index) => ready(`${index}`, letter === "d" ? "delete" : "upsert")));
  const calls: string[] = [];
  while (queue.size > 0) {
    const call = queue.next(4, 2);
    calls.push(call.map(({ prepared }) => prepared?.operation[0]).join(""));
  }
  expect(calls).toEqual(["uuuu", "dd", "dd", "uu", "d"]);
});
