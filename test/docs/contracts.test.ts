import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const contracts = fileURLToPath(new URL("../../packages/core/src/contracts", import.meta.url));
const guide = readFileSync(new URL("../../docs/contracts.md", import.meta.url), "utf8");

/** The interfaces with a chapter of their own: what somebody implements. Others are shapes of data. */
const implemented = [
  "DatabaseAdapter",
  "DatabaseSession",
  "DefinitionTable",
  "ChangeRecorder",
  "Poller",
  "StrategyStore",
  "QueryRunner",
  "SqlDialect",
  "QueryComposer",
  "BacklogStore",
  "StrandedWork",
  "AuditLog",
  "BackfillStore",
  "StrategyHistory",
  "Diagnosis",
  "ChangeCapture",
  "CategorySources",
  "ChangeSignal",
  "Transport",
  "SyncInvoker",
  "PollSchedule",
];

/** The interfaces that have a method: somebody must write it. */
const methods = new Set<string>();
const parents = new Map<string, readonly string[]>();
const members = new Map(readdirSync(contracts).flatMap((file) => interfacesOf(join(contracts, file))));

describe("the guide to the contracts", () => {
  it.each(implemented)("has each member of %s, and no other", (name) => {
    expect(documented(name).sort()).toEqual(allMembersOf(name).sort());
  });

  it("has a chapter for every interface with a method", () => {
    expect([...members.keys()].filter((name) => methods.has(name)).sort()).toEqual([...implemented, "Logger"].sort());
  });
});

/** Names in the first column of the chapter's table. */
function documented(name: string): string[] {
  const chapter = guide.split(`\n## ${name}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = [...chapter.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, first = ""]) => first);
  return rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, member = ""]) => member));
}

function interfacesOf(file: string): [string, string[]][] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isInterfaceDeclaration).map((declaration) => {
    const name = declaration.name.text;
    if (declaration.members.some(ts.isMethodSignature)) methods.add(name);
    const extended = declaration.heritageClauses?.flatMap(({ types }) => types.map((each) => each.getText())) ?? [];
    parents.set(name, extended);
    return [name, declaration.members.map((member) => member.name?.getText() ?? "")];
  });
}

/** Those of the interfaces that it extends, too. */
function allMembersOf(name: string): string[] {
  const own = members.get(name) ?? [`no such interface: ${name}`];
  return [...own, ...(parents.get(name) ?? []).flatMap(allMembersOf)];
}
