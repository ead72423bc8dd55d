import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishedPackages, root, type Workspace } from "../workspaces.ts";
import { requireBuild, run } from "./run.ts";

export interface Tarball {
  readonly name: string;
  readonly workspace: Workspace;
  readonly file: string;
  /** Paths inside the package. */
  readonly contents: readonly string[];
}

/** Packs every published package as `npm publish` would, for as long as `use` runs. */
export function withTarballs<Result>(use: (tarballs: readonly Tarball[]) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "syncline-tarballs-"));
  try {
    return use(publishedPackages().map((workspace) => packWorkspace(workspace, folder)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function packWorkspace(workspace: Workspace, folder: string): Tarball {
  requireBuild(workspace.folder);
  return pack(workspace, join(root, workspace.folder), folder);
}

/** Packs what is in `source`, absolute: the workspace's own folder, or a copy of it with a build of its own. */
export function pack(workspace: Workspace, source: string, folder: string): Tarball {
  const output = run("npm", ["pack", source, "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [report] = JSON.parse(output) as readonly PackReport[];
  if (report === undefined) throw new Error(`npm pack reported nothing for ${workspace.folder}`);
  return {
    name: workspace.name,
    workspace,
    file: join(folder, report.filename),
    contents: report.files.map(({ path }) => path),
  };
}
