import { expect, test } from "vitest";
import { everyStatement } from "./every-statement.ts";
import { wordsOf } from "./grammar.ts";
import { unqualifiedNames } from "./names.ts";

const statements = everyStatement({ schema: undefined, prefix: "syncline_" });
/** A migration that was released stays as it is; it runs as the tables' owner, in its own schema. */
const released = new Map([["0002-strategies.2", ["dual"]]]);

test.each(statements)("$name names nothing that somebody else may give a meaning", ({ name, text }) => {
  // Tables of an application's, which a backfill, a trigger and templates are about.
  const others = unqualifiedNames(wordsOf(text), "syncline_").filter((each) => each !== "everything");
  expect(others).toEqual(released.get(name) ?? []);
});

test.each([
  ["SELECT a FROM dual", "dual"],
  ["SELECT a FROM SYS.dual JOIN all_policies p ON 1 = 1", "all_policies"],
  ["INSERT INTO change (a) VALUES (1)", "change"],
  ["UPDATE orders SET a = 1", "orders"],
  ["BEGIN SELECT COUNT(*) INTO l_count FROM session_privs; END;", "session_privs"],
  ["SELECT scalar_of(a) AS a FROM syncline_change", "scalar_of("],
])("%s names %s", (text, name) => {
  expect(unqualifiedNames(wordsOf(text), "syncline_")).toEqual([name]);
});
