import { readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `import type`, or `export type … from`. Mere `import { type X }` stays an import at run time. */
  readonly typeOnly: boolean;
  readonly exportsAll: boolean;
}

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** A test, a type test, or something that only tests use: `*.fixture.ts`, `testing/`, `test/`. */
  readonly isTest: boolean;
}

export function readSourceFile(base: string, path: string): SourceFile {
  const text = readFileSync(posix.join(base, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) {
      imports.push({ ...found, line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, imports, isTest: isTestPath(path) };
}

function isTestPath(path: string): boolean {
  return /\.(test|test-d|fixture)\.m?ts$/.test(path) || /(^|\/)(test|testing)\//.test(path);
}

function importOf(node: ts.Node): Omit<Import, "line"> | undefined {
  if (ts.isImportDeclaration(node)) {
    return describe(node.moduleSpecifier, { typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword });
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const exportsAll = node.exportClause === undefined || ts.isNamespaceExport(node.exportClause);
    return describe(node.moduleSpecifier, { typeOnly: node.isTypeOnly, exportsAll });
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return describe(node.argument.literal, { typeOnly: true });
  }
  if (ts.isCallExpression(node) && isLoad(node.expression)) return describe(node.arguments[0], { typeOnly: false });
  return undefined;
}

function isLoad(called: ts.Expression): boolean {
  return called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === "require");
}

function describe(
  specifier: ts.Node | undefined,
  { typeOnly, exportsAll = false }: { readonly typeOnly: boolean; readonly exportsAll?: boolean },
): Omit<Import, "line"> | undefined {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
  return { specifier: specifier.text, typeOnly, exportsAll };
}
