import { join } from "node:path";
import { defineConfig } from "tsup";
import { writeConsoleApp } from "./tools/console-app.ts";
import { publishedPackages } from "./tools/workspaces.ts";

/** Every published package, from its own `exports`: the file behind `@syncline/source` is built into the one behind `default`. */
export default defineConfig(
  publishedPackages().map(({ folder, entries }) => ({
    name: folder,
    entry: Object.fromEntries(entries.map(({ output, source }) => [output, join(folder, source)])),
    outDir: join(folder, "dist"),
    // ESM only: inversify is, and `require()` of it works on every Node that `engines` allows.
    format: "esm",
    target: "node20",
    platform: "node",
    // What several entries share goes to chunks, so that each error class and token exists once.
    splitting: true,
    dts: true,
    sourcemap: true,
    clean: true,
    // With one config at the root, tsup would look for externals in the root's package.json.
    skipNodeModulesBundle: true,
    // Many small files, which take longer to find than to run: 240 of inversify were a third of a
    // worker's start, reflect-metadata half of what was left of core's.
    noExternal: folder.endsWith("packages/core") ? ["inversify", /^@inversifyjs\//, /^reflect-metadata/, "croner"] : [],
    tsconfig: "tsconfig.build.json",
    ...(folder.endsWith("packages/console") ? { onSuccess: () => writeConsoleApp(join(folder, "dist/app")) } : {}),
  })),
);
