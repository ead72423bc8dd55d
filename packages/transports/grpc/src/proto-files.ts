import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Problem } from "@syncline/core/spi";
import protobuf from "protobufjs";
import type { Steps } from "./portions.ts";
import { resolved } from "./resolve-root.ts";

type ReadFiles = { readonly root: protobuf.Root } | { readonly problems: readonly Problem[] };

/** The types and services of files and of all that they import, a file at a time. */
export function* readProtoFiles(files: readonly string[], include: readonly string[]): Steps<ReadFiles> {
  const root = new protobuf.Root();
  const problems: Problem[] = [];
  const loaded = new Set<string>();
  for (const [index, file] of files.entries()) {
    try {
      yield* load(root, placeOf(file, include), include, loaded);
    } catch (error) {
      problems.push({ at: `schema.proto[${index}]`, message: `${file} cannot be read: ${reasonOf(error)}` });
    }
  }
  if (problems.length > 0) return { problems };
  try {
    return { root: yield* resolved(root) };
  } catch (error) {
    return { problems: [{ at: "schema.proto", message: `is not complete: ${reasonOf(error)}` }] };
  }
}

function* load(root: protobuf.Root, first: string, include: readonly string[], loaded: Set<string>): Steps<void> {
  const waiting = [first];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    // By whichever way it was found, a file is one file.
    if (loaded.has(path)) continue;
    loaded.add(path);
    const bundled = bundledName(path);
    if (bundled !== undefined) root.addJSON(protobuf.common.get(bundled)?.nested as never);
    else {
      const { imports = [], weakImports = [] } = parsed(root, path);
      waiting.push(...imports.flatMap((name) => importOf(path as string, name, include, true)));
      waiting.push(...weakImports.flatMap((name) => importOf(path as string, name, include, false)));
    }
    yield;
  }
}

function parsed(root: protobuf.Root, path: string): protobuf.IParserResult {
  // What editors of some systems put before a text.
  const text = readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  // For the words of its errors.
  Object.assign(protobuf.parse, { filename: path });
  return protobuf.parse(text, root, { keepCase: true });
}

/** As given, or in a folder of `include`, as `protoc` takes names of files. */
function placeOf(file: string, include: readonly string[]): string {
  return (
    bundledName(file) ??
    [file, ...include.map((folder) => join(folder, file))].map((path) => resolve(path)).find(existsSync) ??
    resolve(file)
  );
}

// Types that the library knows by heart, `Value` and `Any` among them.
function bundledName(path: string): string | undefined {
  const at = path.replaceAll("\\", "/").lastIndexOf("google/protobuf/");
  const name = path.slice(at === -1 ? path.length : at);
  return at !== -1 && protobuf.common.get(name) !== null ? name : undefined;
}

/** Beside descriptor.proto, api.proto and type.proto also google/api/annotations.proto: what others import and nobody has. */
function ownCopies(): string {
  return dirname(createRequire(import.meta.url).resolve("protobufjs/package.json"));
}

/** What they add are options for generators of code, and those of generators are not read here. */
const generatorsOnly = /^google\/protobuf\/(cpp|java|go)_features\.proto$/;

/** As `protoc` looks: in each `-I`, here also beside the file that imports, and last in the library itself. */
function importOf(origin: string, target: string, include: readonly string[], mustBe: boolean): readonly string[] {
  const bundled = bundledName(target);
  if (bundled !== undefined) return [bundled];
  const folders = [dirname(origin), ...include];
  const found =
    folders.map((folder) => resolve(folder, target)).find((place) => existsSync(place)) ??
    [resolve(ownCopies(), target)].find((place) => existsSync(place));
  if (found !== undefined) return [found];
  if (!mustBe || generatorsOnly.test(target)) return [];
  throw new Error(`${origin} imports ${target}, which is neither beside it nor in a folder of schema.include`);
}

export function reasonOf(error: unknown): string {
  const { message } = error as { readonly message?: unknown };
  return typeof message === "string" ? (message.split("\n")[0] ?? "") : "unknown";
}
