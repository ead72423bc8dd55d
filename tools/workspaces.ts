import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The repository's root folder; every script of this repository runs there. */
export const root: string = resolve(".");

export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** One subpath of a package's `exports`. Files are relative to the package. */
export interface Entry {
  /** `.` or `./spi`. */
  readonly subpath: string;
  /** The file behind the condition `@syncline/source`. */
  readonly source: string;
  /** The built file's name without folder and extension: `index`, `spi`. */
  readonly output: string;
}

export interface Workspace {
  /** Relative to the root, with forward slashes. */
  readonly folder: string;
  readonly name: string;
  readonly manifest: Manifest;
  readonly entries: readonly Entry[];
}

/** Every workspace that the root's package.json names. */
export function workspaces(base: string = root): readonly Workspace[] {
  return (readManifest(base).workspaces ?? [])
    .flatMap((pattern) => (pattern.endsWith("/*") ? childrenOf(base, pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(base, folder, "package.json")))
    .map((folder) => {
      const manifest = readManifest(join(base, folder));
      return { folder, name: manifest.name ?? folder, manifest, entries: entriesOf(manifest) };
    });
}

/** Those that have something to build and are not private. */
export function publishedPackages(base: string = root): readonly Workspace[] {
  return workspaces(base).filter(
    ({ folder, manifest, entries }) =>
      manifest.private !== true && entries.some(({ source }) => existsSync(join(base, folder, source))),
  );
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function childrenOf(base: string, parent: string): readonly string[] {
  if (!existsSync(join(base, parent))) return [];
  return readdirSync(join(base, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`);
}

function entriesOf(manifest: Manifest): readonly Entry[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, conditions]) => {
    if (typeof conditions === "string") return [];
    const { "@syncline/source": source, default: built } = conditions;
    if (source === undefined || built === undefined) return [];
    return [{ subpath, source, output: built.replace(/^\.\/dist\//, "").replace(/\.js$/, "") }];
  });
}
