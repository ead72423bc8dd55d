import { constants, type Stats } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** What a folder is read for: its kinds of definitions, and where each has its files. */
export const kinds = ["categories", "strategies"] as const;
export type Kind = (typeof kinds)[number];

/** A file as it was found; `text` is missing where `problem` says why. */
export interface FoundFile {
  readonly kind: Kind;
  /** As messages name it: `syncline/strategies/crm.yaml`. */
  readonly name: string;
  readonly path: string;
  readonly text: string | undefined;
  readonly problem: string | undefined;
}

const isDefinition = /\.(?:ya?ml|json)$/i;
/** A definition has 262,144 characters at most. */
export const mostBytes = 512 << 10;
const mostFiles = 10_000;
const deepest = 8;

/** The files of definitions, in the order of their names, and where they may lie. */
export interface ListedFolder {
  readonly files: readonly Pick<FoundFile, "kind" | "name" | "path">[];
  /** Real paths: what lies elsewhere is not read. */
  readonly bases: readonly string[];
  /** Changes whenever a file is another, or was written to, as far as the file system tells. */
  readonly stamp: string;
}

/**
 * Lists a folder. Names that begin with a dot are left out: editors' files, and what Kubernetes
 * puts beside a ConfigMap's. Errors: of the file system, where the folder or a part of it cannot be
 * read: then nothing is known.
 *
 * @param others files that those of the folder name.
 */
export async function listFolder(directory: string, others: Iterable<string> = []): Promise<ListedFolder> {
  const bases = [await realpath(directory)];
  const files: ListedFolder["files"][number][] = [];
  const stamps: string[] = [];
  for (const kind of kinds) {
    const folder = join(directory, kind);
    const real = await realpath(folder).catch(orMissing);
    if (real === undefined) continue;
    bases.push(real);
    for (const [path, stats] of await pathsIn(folder, bases, new Set(), 1)) {
      files.push({ kind, name: path, path });
      stamps.push(stampOf(path, stats));
    }
  }
  for (const path of others) stamps.push(stampOf(path, await stat(path).catch(orMissing)));
  return { files, bases, stamp: stamps.join("\n") };
}

function stampOf(path: string, stats: Stats | undefined): string {
  return `${path} ${stats === undefined ? "" : [stats.dev, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join()}`;
}

/** Which kinds' folders are there. */
export async function kindsIn(directory: string): Promise<readonly Kind[]> {
  const there = await Promise.all(kinds.map((kind) => stat(join(directory, kind)).catch(orMissing)));
  return kinds.filter((_, index) => there[index]?.isDirectory() === true);
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  return undefined;
}

type Listed = readonly [path: string, stats: Stats | undefined];

async function pathsIn(
  folder: string,
  bases: readonly string[],
  seen: Set<string>,
  level: number,
): Promise<readonly Listed[]> {
  const real = await realpath(folder);
  // Links may go round in circles, and two may lead to one folder.
  if (seen.has(real) || level > deepest || !isInside(real, bases)) return [];
  seen.add(real);
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && name !== "node_modules").sort();
  const paths: Listed[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // Gone between two looks, or a link to nothing: the next look says which.
    const found: Stats | undefined = await stat(path).catch(orMissing);
    if (found?.isDirectory() === true) paths.push(...(await pathsIn(path, bases, seen, level + 1)));
    else if (found === undefined ? isDefinition.test(name) : found.isFile() && isDefinition.test(name))
      paths.push([path, found]);
    if (paths.length > mostFiles) throw new Error(`There are more than ${mostFiles} files in ${folder}.`);
  }
  return paths;
}

type Read = Pick<FoundFile, "text" | "problem">;

/** A text file inside of the folder. What is wrong with it is said, and nothing thrown. */
export async function readText(path: string, bases: readonly string[]): Promise<Read> {
  try {
    const real = await realpath(path);
    if (!isInside(real, bases))
      return { text: undefined, problem: "It leads out of the folder: no file is read there." };
    return await readBounded(real);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return { text: undefined, problem: `It cannot be read (${code}).` };
  }
}

/** No more than is allowed, whatever its size was said to be; a pipe is not waited for. */
async function readBounded(path: string): Promise<Read> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) return { text: undefined, problem: "It is no file." };
    const buffer = Buffer.alloc(mostBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length > mostBytes) break;
    }
    if (length > mostBytes) return { text: undefined, problem: `It has more than ${mostBytes} bytes.` };
    const text = new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
    if (text.includes("\u0000")) return { text: undefined, problem: "It is no text: it holds U+0000." };
    // The same on every machine, whichever line ends its checkout has.
    return { text: text.replaceAll("\r\n", "\n"), problem: undefined };
  } catch (error) {
    if (error instanceof TypeError) return { text: undefined, problem: "It is not UTF-8." };
    throw error;
  } finally {
    await file.close();
  }
}

export function isInside(real: string, bases: readonly string[]): boolean {
  return bases.some((base) => {
    const way = relative(base, real);
    return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith("/") && !/^[A-Za-z]:/.test(way);
  });
}
