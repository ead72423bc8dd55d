import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { publishedPackages, root, type Workspace } from "../tools/workspaces.ts";

const command = "npx vitest run test/exported-names.test.ts -u";
const folder = join(root, "test/exported-names");
const packages = publishedPackages();
const program = ts.createProgram({
  rootNames: packages.flatMap((each) => each.entries.map(({ source }) => join(root, each.folder, source))),
  options: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ["@syncline/source"],
    allowImportingTsExtensions: true,
    noEmit: true,
    // Names are asked for, not types: neither the libraries nor anything beneath node_modules need be read.
    noLib: true,
    types: [],
    maxNodeModuleJsDepth: 0,
  },
});
const checker = program.getTypeChecker();

it.each(packages.map((each) => [each.name, each] as const))(
  "%s exports the names that are written down",
  async (_, each) => {
    const file = join(folder, fileOf(each));
    const wasThere = existsSync(file);
    const names = each.entries.map(({ subpath, source }) => section(each, subpath, source)).join("\n");
    const hint = `If ${each.name} is to export other names than ${fileOf(each)} lists, write them down: ${command}`;
    await expect(names, hint).toMatchFileSnapshot(file);
    expect(wasThere, `The names of ${each.name} are new, and have been written down now: read and commit ${file}`).toBe(
      true,
    );
  },
);

it("has a list for each published package, and no other", () => {
  expect(readdirSync(folder).sort()).toEqual(packages.map(fileOf).sort());
});

function fileOf({ name }: Workspace): string {
  return `${name.replace(/^@/, "").replace("/", "-")}.txt`;
}

/** The entry point, and beneath it each name: `value` is there at run time, `type` for the compiler alone. */
function section({ name, folder: base }: Workspace, subpath: string, source: string): string {
  const file = program.getSourceFile(join(root, base, source));
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${base}/${source} is no module.`);
  const lines = checker.getExportsOfModule(module).map((symbol) => `${symbol.name} (${kindOf(symbol)})`);
  return [join(name, subpath), ...lines.sort().map((line) => `  ${line}`), ""].join("\n");
}

function kindOf(symbol: ts.Symbol): "value" | "type" {
  if (symbol.declarations?.some(isTypeOnly)) return "type";
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return target.flags & ts.SymbolFlags.Value ? "value" : "type";
}

/** `export type { Name }`, and `export { type Name }`. */
function isTypeOnly(declaration: ts.Declaration): boolean {
  return ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly);
}
