import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { failureKinds } from "@syncline/core/spi";
import { expect, it } from "vitest";
import { failurePolicy } from "../../../packages/core/src/engine/failure-policy.ts";
import { kindOfStatus } from "./answers.ts";
import { codesInSource, codeTable, documentedCodes, documentedFamilies, familiesInSource } from "./codes.ts";
import { eventRows } from "./events.ts";
import { kindRows } from "./kinds.ts";
import { outageOf } from "./outage.ts";
import { tableOf } from "./row.ts";
import { situations } from "./situations.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const file = `${root}docs/operations.md`;

/** Each stands between two comments of its name. */
const tables: { readonly [name: string]: string } = {
  situations: tableOf(situations),
  kinds: tableOf(kindRows),
  events: tableOf(eventRows),
  codes: codeTable(),
};

it("docs/operations.md has the night tables as the policy, the events and the codes are (-u writes them)", async () => {
  let text = readFileSync(file, "utf8");
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- night table: ${name} -->\n)[^]*?(\n<!-- end -->)`);
    expect(text, name).toMatch(place);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
  }
  await expect(text).toMatchFileSnapshot(file);
});

it("every kind has a row", () => {
  expect(kindRows).toHaveLength(failureKinds.length);
});

it("every code of core's has a row, and every row a code", () => {
  const missing = codesInSource().filter((code) => !documentedCodes.includes(code));
  expect(missing).toEqual([]);
  const known = new Set(codesInSource());
  const gone = documentedCodes.filter(
    (code) => !known.has(code) && !/^(config|category|change|plugin|pipeline|contract)\./.test(code),
  );
  expect(gone).toEqual([]);
});

it("every family of the transports' codes has a row", () => {
  expect(familiesInSource().filter((family) => !documentedFamilies.includes(family))).toEqual([]);
  expect(familiesInSource().length).toBeGreaterThan(3);
});

it("health names the part that the policy says", () => {
  for (const kind of failureKinds) {
    const { lane, reach } = failurePolicy[kind];
    const held = reach === "lane" ? "strategy" : reach;
    const part = lane === "open" || lane === "throttle" ? held : undefined;
    expect([kind, outageOf(kind).parts.at(0)]).toEqual([kind, part]);
  }
});

it("what a situation's statuses mean, transports say, too", () => {
  for (const { statuses: [kind, ...statuses] = [] } of situations)
    for (const status of statuses) expect([status, kindOfStatus(status)]).toEqual([status, kind]);
});

it("each situation is shown by a test, and its log lines are the source's", () => {
  const folders = ["core", "adapters/postgres"].map((name) => `${root}packages/${name}/src`);
  const source = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => readFileSync(path, "utf8").replace(/" \+\n\s*"/g, ""))
    .join("\n");
  for (const { shownBy, log } of situations) {
    expect(existsSync(root + shownBy), shownBy).toBe(true);
    for (const [, line = ""] of log.matchAll(/(?:info|warn|error): `([^`]*)`/g)) {
      // The log puts what somebody has to mend in between.
      const words = line.replace(" before somebody mends this", "").replace(/ "…"$/, "").split("; it will be");
      expect(source).toContain(words[0]);
    }
  }
});
