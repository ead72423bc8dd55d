import { expect, it } from "vitest";
import { Bag, type Placed } from "./bag.ts";

const made = (...names: readonly string[]) => names.map((name): Placed & { name: string } => ({ name, place: -1 }));
const namesIn = (bag: Bag<Placed & { name: string }>) =>
  bag
    .items()
    .map(({ name }) => name)
    .sort();

it("holds each item once, until it is deleted", () => {
  const [a, b, c] = made("a", "b", "c") as [never, never, never];
  const bag = new Bag<Placed & { name: string }>();
  for (const item of [a, b, a, c, b]) bag.add(item);
  expect([bag.size, namesIn(bag)]).toEqual([3, ["a", "b", "c"]]);
  expect([bag.delete(a), bag.delete(a), bag.has(a), bag.has(c)]).toEqual([true, false, false, true]);
  expect(namesIn(bag)).toEqual(["b", "c"]);
  bag.add(a);
  expect([bag.delete(c), bag.delete(b), bag.delete(a)]).toEqual([true, true, true]);
  expect(bag.size).toBe(0);
});

it("may be changed while one goes through its items", () => {
  const bag = new Bag<Placed & { name: string }>();
  for (const item of made("a", "b", "c")) bag.add(item);
  const seen: string[] = [];
  for (const item of bag.items()) {
    seen.push(item.name);
    bag.delete(item);
  }
  expect(seen.sort()).toEqual(["a", "b", "c"]);
  expect(bag.size).toBe(0);
});

it("knows an item of another bag from its own", () => {
  const [a, b] = made("a", "b") as [never, never];
  const [one, other] = [new Bag<Placed & { name: string }>(), new Bag<Placed & { name: string }>()];
  one.add(a);
  other.add(b);
  expect([one.has(b), one.delete(b), other.size]).toEqual([false, false, 1]);
});
