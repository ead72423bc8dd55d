import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

const folder = fileURLToPath(new URL(".", import.meta.url));

/**
 * The suites as one file of plain JavaScript, which is all that runners without TypeScript can load: every-suite.test.mjs in `folder`.
 * It lies within the repository, so that drivers and libraries, which stay outside of the bundle, are found.
 */
export async function bundleSuites(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const outDir = await mkdtemp(join(folder, "bundle.local."));
  await build({
    config: false,
    entry: { "every-suite.test": join(folder, "every-suite.fixture.ts") },
    outDir,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    platform: "node",
    target: "node20",
    splitting: false,
    clean: false,
    silent: true,
    skipNodeModulesBundle: true,
    noExternal: [/^@syncline\//],
    // Without its prefix, `node:test` is a package that there is not.
    removeNodeProtocol: false,
    tsconfig: "tsconfig.json",
    esbuildOptions: (options) => {
      options.conditions = ["@syncline/source"];
    },
  });
  return { folder: outDir, remove: () => rm(outDir, { recursive: true }) };
}
