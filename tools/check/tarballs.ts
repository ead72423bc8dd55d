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

let packed: readonly Tarball[] | undefined;

/** Every published package, packed as `npm publish` would: once for all checks of a run, and gone when it ends. */
export function tarballs(): readonly Tarball[] {
  if (packed === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "syncline-tarballs-"));
    process.once("exit", () => rmSync(folder, { recursive: true }));
    const workspaces = publishedPackages();
    for (const workspace of workspaces) requireBuild(workspace.folder);
    packed = pack(workspaces, root, folder);
  }
  return packed;
}

interface PackReport {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the workspaces in `base`: the root, or a folder that holds copies of them with a build of their own. */
export function pack(workspaces: readonly Workspace[], base: string, folder: string): readonly Tarball[] {
  const sources = workspaces.map((workspace) => join(base, workspace.folder));
  const output = run("npm", ["pack", ...sources, "--json", "--ignore-scripts", "--pack-destination", folder]);
  const reports = new Map((JSON.parse(output) as readonly PackReport[]).map((report) => [report.name, report]));
  return workspaces.map((workspace) => {
    const report = reports.get(workspace.name);
    if (report === undefined) throw new Error(`npm pack reported nothing for ${workspace.folder}`);
    return {
      name: workspace.name,
      workspace,
      file: join(folder, report.filename),
      contents: report.files.map(({ path }) => path),
    };
  });
}
