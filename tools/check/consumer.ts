import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../workspaces.ts";
import { run } from "./run.ts";
import { tarballs } from "./tarballs.ts";

export interface Consumer {
  readonly folder: string;
  /** Every import that the packages offer: `@syncline/core`, `@syncline/core/spi`, … */
  readonly specifiers: readonly string[];
  write(file: string, content: string): void;
}

// An import of it needs a running test, and takes the test runner along.
const onlyInTests = new Set(["@syncline/dev-postgres/vitest"]);

/**
 * A folder with the packed packages in its own `node_modules`, as an application would have them. It lies within the
 * root, where Node finds their dependencies without a network; that these are declared is the boundaries' check.
 * `visible`: beside `node_modules`, since test runners look into nothing below it; git ignores it there, too.
 */
export function withConsumer<Result>(name: string, use: (consumer: Consumer) => Result, visible = false): Result {
  const folder = visible ? join(root, `${name}.local.d`) : join(root, "node_modules", ".cache", `syncline-${name}`);
  rmSync(folder, { recursive: true, force: true });
  const all = tarballs();
  for (const { name: packageName, file, workspace } of all) {
    const target = join(folder, "node_modules", packageName);
    mkdirSync(target, { recursive: true });
    run("tar", ["-xzf", file, "--strip-components=1", "--no-same-owner", "-C", target]);
    linkOwnDependencies(join(root, workspace.folder, "node_modules"), join(target, "node_modules"));
  }
  const write = (file: string, content: string): void => writeFileSync(join(folder, file), content);
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  const specifiers = all
    .flatMap(({ name: packageName, workspace }) =>
      workspace.entries.map(({ subpath }) => posix.join(packageName, subpath)),
    )
    .filter((specifier) => !onlyInTests.has(specifier));
  try {
    return use({ folder, specifiers, write });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What npm could not put into the root's `node_modules`, since somebody else there wants another version. */
export function linkOwnDependencies(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (!name.startsWith(".") && name !== "@syncline") symlinkSync(join(from, name), join(to, name));
  }
}
