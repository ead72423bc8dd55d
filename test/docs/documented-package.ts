import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const docs = fileURLToPath(new URL("../../docs", import.meta.url));

/**
 * Writes the code of a guide, each block that begins with `// src/…`, to the files it names. The folder is below the test's
 * own, so that imports resolve as they do there, is ignored by git, and goes when the tests have run. Returns it.
 */
export function writeDocumentedPackage(guide: string): string {
  const text = readFileSync(join(docs, guide), "utf8");
  const folder = fileURLToPath(new URL(`./${guide}.local.d`, import.meta.url));
  rmSync(folder, { recursive: true, force: true });
  const blocks = [...text.matchAll(/```ts\n\/\/ (src\/[\w./-]+)\n(.*?)```/gs)];
  if (blocks.length === 0) throw new Error(`${guide} has no code to write`);
  for (const [, path = "", code = ""] of blocks) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What the compiler says of the code, as strict as this repository is; empty if nothing. */
export function compilerErrors(folder: string): string {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify({ extends: join(root, "tsconfig.json"), include: ["src"], exclude: [] }));
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [compiler, "--noEmit", "-p", project], { encoding: "utf8", cwd: root });
    return "";
  } catch (error) {
    return String((error as { readonly stdout?: string }).stdout ?? error);
  }
}
