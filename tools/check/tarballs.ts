import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishedPackages, type Workspace } from "../workspaces.ts";
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
    return use(publishedPackages().map((workspace) => pack(workspace, folder)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function pack(workspace: Workspace, folder: string): Tarball {
  requireBuild(workspace.folder);
  const output = run("npm", [
    "pack",
    "--json",
    "--ignore-scripts",
    "--pack-destination",
    folder,
    "-w",
    workspace.folder,
  ]);
  const [report] = JSON.parse(output) as readonly PackReport[];
  if (report === undefined) throw new Error(`npm pack reported nothing for ${workspace.folder}`);
  return {
    name: workspace.name,
    workspace,
    file: join(folder, report.filename),
    contents: report.files.map(({ path }) => path),
  };
}
