import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../tools/check/run.ts";
import { pack } from "../../tools/check/tarballs.ts";
import { publishedPackages, root } from "../../tools/workspaces.ts";

/**
 * Tarballs of these packages as they are now, by name. They are built and packed apart from the packages' own `dist`, which may
 * be old, missing, or just being built by somebody else. `destination` is absolute.
 */
export function packPackages(names: readonly string[], destination: string): ReadonlyMap<string, string> {
  const packages = publishedPackages().filter(({ name }) => names.includes(name));
  // Within the root's node_modules, where the build finds tsup, and no other tool looks.
  const staging = join(root, "node_modules", ".cache", `syncline-scaffold-${process.pid}`);
  mkdirSync(staging, { recursive: true });
  try {
    for (const { folder } of packages) cpSync(join(root, folder), join(staging, folder), { recursive: true, filter });
    const config = join(staging, "tsup.config.ts");
    writeFileSync(config, buildInto(staging, new Set(packages.map(({ folder }) => folder))));
    run("tsup", ["--config", config, "--silent"]);
    return new Map(pack(packages, staging, destination).map(({ name, file }) => [name, file]));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function filter(source: string): boolean {
  return !/[\\/](dist|node_modules)$/.test(source);
}

/** The root's own build, of these folders only, into another place. */
function buildInto(staging: string, folders: ReadonlySet<string>): string {
  return `import builds from ${JSON.stringify(join(root, "tsup.config.ts"))};
const folders = new Set(${JSON.stringify([...folders])});
export default builds
  .filter(({ name }) => folders.has(name))
  .map((build) => ({ ...build, outDir: ${JSON.stringify(staging)} + "/" + build.name + "/dist" }));
`;
}
