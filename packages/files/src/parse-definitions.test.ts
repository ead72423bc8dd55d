import { expect, it } from "vitest";
import { parseDefinitions } from "./parse-definitions.ts";

const problemsOf = (text: string, file = "a.yaml") => {
  const parsed = parseDefinitions(file, text);
  return parsed.ok ? [] : parsed.problems.map(({ at, message }) => `${at} ${message}`);
};

it.each<[what: string, text: string, told: string]>([
  ["a number that is another than it looks", "a: 1\nb: 012\n", "a.yaml:2:4 012 would be read as 12"],
  ["an exponent", "a: 1e3\n", "a.yaml:1:4 1e3 would be read as 1000"],
  ["an octal number", "a: 0o17\n", "a.yaml:1:4 0o17 would be read as 15"],
  ["a version", "a: 1.10\n", "a.yaml:1:4 1.10 would be read as 1.1"],
  ["digits that are lost", "a: 12345678901234567890\n", "a.yaml:1:4 12345678901234567890 would be read as"],
  ["no", "coalesce: no\n", "a.yaml:1:11 Write true or false"],
  ["On", "a: { b: On }\n", "a.yaml:1:9 Write true or false"],
  ["a name that is there twice", "a: 1\nb: { c: 1, c: 2 }\n", `a.yaml:2:12 "c" stands there twice`],
  ["a tab", "a:\n\tb: 1\n", "a.yaml:2:1 Tabs are not allowed"],
  ["an alias", "a: &x [1]\nb: *x\n", "a.yaml:2:4 Aliases are not read"],
  ["a tag", "a: !!binary aGk=\n", "a.yaml:1:13 Tags have no meaning"],
  ["a tag of its own", "a: !js x\n", "a.yaml:1:4 Unresolved tag"],
  ["another version of YAML", "%YAML 1.1\n---\na: no\n", "a.yaml:1:1 It is read as YAML 1.2"],
  ["a list", "- a\n", "a.yaml:1:1 It must be a map"],
  ["a list as a name", "? [a]\n: 1\n", "a.yaml:1:3 With stringKeys"],
  ["emptiness", " \n# what was to come\n", "a.yaml:1:1 It is empty"],
  ["what is not closed", "a: [1,\nb: 2\n", "a.yaml:2:1 Flow sequence"],
  ["brackets without end", "[".repeat(100_000), "a.yaml:1:1 It is nested too deeply"],
  ["lists of lists", "- ".repeat(100_000), "a.yaml:1:1 It is nested too deeply"],
  [
    "ever deeper lines",
    Array.from({ length: 900 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"),
    "a.yaml:1:1 It is nested too",
  ],
  ["too many lines", "a: 1\n".repeat(30_000), "a.yaml:1:1 It has more than 20000"],
])("refuses %s, at its place", (_, text, told) => {
  expect(problemsOf(text)[0]).toContain(told);
});

it("takes JSON for JSON alone", () => {
  expect(problemsOf(`{"a": 1 /* one */}`, "a.json")[0]).toMatch(/^a\.json:1:\d+ It is no JSON/);
  expect(problemsOf(`{"a": 1, "a": 2}`, "a.json")[0]).toContain(`a.json:1:10 "a" stands there twice`);
  expect(problemsOf(`{"a": {"b": 1.5e-7}}`, "a.json")).toEqual([]);
});

it("takes texts, dates and quoted words as they stand", () => {
  const parsed = parseDefinitions(
    "a.yaml",
    `d: 2026-03-31\nn: "no"\nt: "012"\nz: ~\nb: true\nv: 1.5\nq: |\n  a\n\n  b\n`,
  );
  expect(parsed).toMatchObject({
    definitions: [{ value: { d: "2026-03-31", n: "no", t: "012", z: null, b: true, v: 1.5, q: "a\n\nb\n" } }],
  });
});

it("finds where an option stands, or the nearest thing around it", () => {
  const text =
    "name: a\nretry:\n  maxMs: 1\noptions:\n  headers: { a.b: 1 }\n  list:\n    - x\n    - y: 1\n---\nname: b\n";
  const parsed = parseDefinitions("a.yaml", text);
  if (!parsed.ok) throw new Error("It is refused.");
  const [first, second] = parsed.definitions;
  const places = ["retry.maxMs", "options.headers.a.b", "options.list[1].y", "whenAbsent", "retry.initialMs", ""];
  expect(places.map((option) => first?.place(option))).toEqual([
    "a.yaml:3:3 (retry.maxMs)",
    "a.yaml:5:14 (options.headers.a.b)",
    "a.yaml:8:7 (options.list[1].y)",
    "a.yaml:1:1 (whenAbsent)",
    "a.yaml:2:1 (retry.initialMs)",
    "a.yaml:1:1",
  ]);
  expect(second?.place("name")).toBe("a.yaml:10:1 (name)");
});
