import { existsSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { type Manifest, readManifest, type Workspace, workspaces } from "../workspaces.ts";
import { readSourceFile, type SourceFile } from "./source-file.ts";

/** Everything the rules look at. */
export interface Project {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly workspaces: readonly Workspace[];
  readonly manifest: Manifest;
}

export function readProject(base: string): Project {
  const paths = sourcePaths(base);
  return {
    files: new Map(paths.map((path) => [path, readSourceFile(base, path)])),
    workspaces: workspaces(base),
    manifest: readManifest(base),
  };
}

/** The workspace that a file lies in; undefined for what belongs to the root. */
export function workspaceOf(project: Project, path: string): Workspace | undefined {
  return project.workspaces.find(({ folder }) => path.startsWith(`${folder}/`));
}

/** The file of this repository that an import loads: relative, or a package's entry. Undefined for anything else. */
export function targetOf(project: Project, from: string, specifier: string): string | undefined {
  if (isRelative(specifier)) return posix.join(posix.dirname(from), specifier);
  const name = packageName(specifier);
  const workspace = project.workspaces.find((each) => each.name === name);
  const entry = workspace?.entries.find(({ subpath }) => posix.join(name, subpath) === specifier);
  return workspace === undefined || entry === undefined ? undefined : posix.join(workspace.folder, entry.source);
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** `@scope/name` of `@scope/name/sub/path`. */
export function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

const topFolders = ["packages", "examples", "bench", "test", "tools"];
const skippedFolders = new Set(["node_modules", "dist", "coverage"]);

function sourcePaths(base: string): readonly string[] {
  const atTheTop = readdirSync(base).filter((name) => name.endsWith(".ts"));
  return [...atTheTop, ...topFolders.flatMap((folder) => pathsIn(base, folder))];
}

function pathsIn(base: string, folder: string): readonly string[] {
  if (!existsSync(posix.join(base, folder))) return [];
  return readdirSync(posix.join(base, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : pathsIn(base, path);
    return /\.m?ts$/.test(entry.name) ? [path] : [];
  });
}
