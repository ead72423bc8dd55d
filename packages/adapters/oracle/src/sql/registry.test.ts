import { describe, expect, test } from "vitest";
import { ownStatements, plainStatements } from "./registry.ts";

const places = [
  { schema: undefined, prefix: "syncline_" },
  { schema: "shop", prefix: "abcdefghijklm_" },
] as const;

describe.each(places)("the statements for $schema $prefix", (place) => {
  const all = [...ownStatements(place), ...plainStatements(place)];

  test("have names of their own", () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test("name no object of ours by more than the 30 bytes that were a name's limit before 12.2", () => {
    const prefix = new RegExp(`\\b${place.prefix}\\w*`, "g");
    const names = new Set(all.flatMap(({ text }) => text.match(prefix) ?? []));
    expect(names.size).toBeGreaterThan(20);
    expect([...names].filter((name) => name.length > 30)).toEqual([]);
  });
});

test("another owner's objects are named with their owner, wherever a name can have one", () => {
  const [, place] = places;
  // Constraints, hints and a procedure's own parameters take none.
  const ownerless = /CONSTRAINT \w+|INDEX\([cdof] \w+\)|\babcdefghijklm_record_change\.\w+/g;
  for (const { text } of [...ownStatements(place), ...plainStatements(place)]) {
    const unowned = text.replace(ownerless, "").match(/(?<!shop\.)\babcdefghijklm_\w+/g);
    expect(unowned, text).toBeNull();
  }
});

test.each(ownStatements(places[0]).map((statement) => [statement.name, statement] as const))(
  "%s names exactly the binds that it lists",
  (_, { text, binds }) => {
    const withoutStrings = text.replace(/'(?:[^']|'')*'|"[^"]*"/g, "''");
    const used = new Set([...withoutStrings.matchAll(/:([a-z][a-z_]*)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(binds).sort());
  },
);

test("what a dispatch inserts is leased only where its key has nothing else", () => {
  const upsert = ownStatements(places[0]).find(({ name }) => name === "upsert");
  expect(upsert?.text).toContain(`ELSIF l_tokens(i) IS NOT NULL THEN
      SELECT COUNT(*) INTO l_found FROM syncline_delivery o
       WHERE o.strategy = l_strategies(i) AND o.key = l_keys(i) AND ROWNUM = 1;`);
});

test("what coalesces folds into its key's first, after those behind it were deleted", () => {
  const upsert = ownStatements(places[0]).find(({ name }) => name === "upsert");
  expect(upsert?.text).toMatch(
    /DELETE FROM syncline_delivery d\n.* AND d\.ordinal > 0 AND l_ordinals\(i\) = '0'\n[^;]*f\.ordinal < d\.ordinal\);\n {2}FORALL i IN 1 \.\. l_keys\.COUNT\n {4}UPDATE [^;]* d\.ordinal = \(SELECT MIN\(o\.ordinal\) /,
  );
});

test("revisions are drawn from the locked row and never fall behind the clock", () => {
  const upsert = ownStatements(places[0]).find(({ name }) => name === "upsert");
  expect(upsert?.text).toMatch(/SET last_revision = GREATEST\(last_revision, .* - 1\) \+ l_found\n {3}WHERE id = 1\n/);
});

test("an edit of strategies that changes no row locks nothing: the trigger that locks the dispatcher's row is the rows'", () => {
  const triggers = plainStatements(places[0]).filter(({ text }) => /TRIGGER syncline_strategy_bump\b/.test(text));
  expect(triggers.at(-1)?.text).toMatch(/\nFOR EACH ROW\nBEGIN\n {2}UPDATE syncline_dispatcher /);
});
