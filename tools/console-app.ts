import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./workspaces.ts";

const folder = join(root, "packages/console/app");

/** The console's files as browsers get them, by name. */
export async function bundleConsoleApp(): Promise<ReadonlyMap<string, Buffer>> {
  const { outputFiles } = await build({
    entryPoints: { app: join(folder, "main.tsx") },
    outdir: folder,
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: ["chrome111", "firefox114", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "inline",
    logLevel: "silent",
  });
  const named = await Promise.all(
    ["index.html", "app.css", "icon.svg"].map(async (name) => [name, await readFile(join(folder, name))] as const),
  );
  const bundle = outputFiles.find(({ path }) => path.endsWith("app.js"));
  return new Map([...named, ["app.js", Buffer.from(bundle?.contents ?? [])]]);
}

export async function writeConsoleApp(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const [name, content] of await bundleConsoleApp()) await writeFile(join(target, name), content);
}
