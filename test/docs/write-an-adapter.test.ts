import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as kit from "@syncline/core/adapter-kit";
import { databaseConformance } from "@syncline/testkit";
import { describe, expect, it } from "vitest";

const guide = read("docs/write-an-adapter.md");

/** Blocks whose first line names a file of this repository. */
const excerpts = [...guide.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, file = "", code = ""]) => ({
  file,
  code,
}));

describe("the guide to adapters", () => {
  it.each(excerpts)("has code of $file as it is there", ({ file, code }) => {
    expect(withoutIndentation(read(file))).toContain(withoutIndentation(code));
  });

  it("takes most of its code from the example", () => {
    expect(excerpts.filter(({ file }) => file.startsWith("packages/adapters/sqlite/src/")).length).toBeGreaterThan(10);
  });

  it("names every group of the suite, in bold", () => {
    expect(suite.groups.filter((name) => !emphasised(2).includes(name))).toEqual([]);
  });

  it("calls checks, in italics, as the suite calls them", () => {
    const sentences = emphasised(1).filter((words) => words.length > 25);
    expect(sentences.length).toBeGreaterThan(5);
    expect(sentences.filter((words) => !suite.checks.includes(words))).toEqual([]);
  });

  it("names what the adapter kit exports, and nothing else as if it did", () => {
    const table = guide.split("| from `@syncline/core/adapter-kit` |")[1]?.split("\n\n")[0] ?? "";
    const named = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = ""]) => spans(cell));
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !(name in kit))).toEqual([]);
  });

  it("names no function or member that the code does not have", () => {
    const code = [
      "packages/core/src",
      "packages/testkit/src",
      "packages/adapters/postgres/src",
      "packages/adapters/sqlserver/src",
      "packages/adapters/sqlite/src",
    ]
      .flatMap(sourcesBelow)
      .join("\n");
    const names = spans(guide).filter((span) => /^[a-z]+[A-Z]\w*$/.test(span));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });

  it("links to files that are there", () => {
    const targets = [...guide.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((target) => !existsSync(fileAt(`docs/${target}`)))).toEqual([]);
  });
});

const suite = namesOfSuite();

/** As a runner is told them, without running any. */
function namesOfSuite() {
  const groups: string[] = [];
  const checks: string[] = [];
  const check = (name: string) => void checks.push(name.replace(/ \(skipped: .*\)$/, ""));
  const describe = (name: string, body: () => void) => {
    groups.push(name);
    body();
  };
  const noFixture = () => {
    throw new Error("No check is run here.");
  };
  const it = Object.assign(check, { skip: check });
  databaseConformance(noFixture, { describe, it }, { capabilities: [], print: () => {} });
  return { groups: groups.slice(1), checks };
}

/** What stands between so many asterisks and no more, in prose, with single blanks. */
function emphasised(asterisks: 1 | 2): readonly string[] {
  const mark = `(?<!\\*)\\*{${asterisks}}(?!\\*)`;
  const prose = guide.replace(/```.*?```/gs, "");
  return [...prose.matchAll(new RegExp(`${mark}([^*|]+?)${mark}`, "g"))].map(([, words = ""]) =>
    words.replace(/\s+/g, " "),
  );
}

function spans(text: string): readonly string[] {
  return [...text.replace(/```.*?```/gs, "").matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

function withoutIndentation(code: string): string {
  return code
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}

function fileAt(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

function read(path: string): string {
  return readFileSync(fileAt(path), "utf8");
}

function sourcesBelow(folder: string): readonly string[] {
  const paths = readdirSync(fileAt(folder), { recursive: true, encoding: "utf8" });
  return paths
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => read(`${folder}/${path}`));
}
