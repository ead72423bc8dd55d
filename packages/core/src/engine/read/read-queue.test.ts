import { expect, it } from "vitest";
import { leasedDelivery } from "../lane/delivery.ts";
import { claimOf, mib } from "../lane/testing/lane-scene.ts";
import { deferred, type KeyReading } from "./key-reading.ts";
import { ReadBudget } from "./read-budget.ts";
import { ReadQueue } from "./read-queue.ts";

const budget = () => new ReadBudget({ bufferBytes: mib, maxItemBytes: mib, lanes: () => 1 });
const queueOf = () => new ReadQueue({ budget: budget(), readLimit: 10, isHeld: () => true, resume: () => {} });
const delivery = (id: number) => leasedDelivery(claimOf(id), 1_000, { leaseLost: () => {} });
const found: KeyReading = { result: "rows", rows: [{ id: 1 }], condition: { id: 1 } };

it("takes a key that a read says nothing of for blocked, and never for gone or too large", () => {
  const queue = queueOf();
  const [one, two] = [delivery(1), delivery(2)];
  queue.add([one, two]);
  const [read] = queue.next();
  if (read === undefined) throw new Error("Nothing is read.");
  const result = queue.read(read, [found]);
  expect(result?.readings.map(([each, { result }]) => [each.claim.id, result])).toEqual([
    ["1", "rows"],
    ["2", "blocked"],
  ]);
});

it("takes the same silence of a read of one large key for blocked, too", () => {
  const queue = queueOf();
  queue.add([delivery(1)]);
  const [set] = queue.next();
  if (set === undefined) throw new Error("Nothing is read.");
  queue.read(set, [deferred]);
  const [alone] = queue.next();
  expect(alone?.isAlone).toBe(true);
  if (alone === undefined) throw new Error("The large key is not read.");
  const result = queue.read(alone, []);
  expect([result?.tooLarge, result?.readings[0]?.[1].result]).toEqual([[], "blocked"]);
});
