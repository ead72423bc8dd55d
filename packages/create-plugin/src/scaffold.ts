import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { namesOf, wrongPackageName } from "./names.ts";
import { isPluginKind, type PluginKind, pluginKinds } from "./plugin-kind.ts";
import { Refusal } from "./refusal.ts";

export interface ScaffoldRequest {
  readonly kind: PluginKind;
  /** The package's name, with its scope. */
  readonly name: string;
  /** New or empty. Relative to the working directory. */
  readonly directory: string;
}

export interface ScaffoldedPlugin {
  /** Absolute. */
  readonly directory: string;
  /** Relative to it, with forward slashes, sorted. */
  readonly files: readonly string[];
}

const templates = fileURLToPath(new URL("../templates/", import.meta.url));

// Every file of the templates has it, so that no tool takes a template for a package or a test of this repository, nor npm
// its `.gitignore` for ours.
const suffix = ".template";

/** Writes a new plugin's files. Errors: `Refusal`, whose message says everything that is wrong; nothing was written then. */
export function scaffold(request: ScaffoldRequest): ScaffoldedPlugin {
  const directory = resolve(request.directory);
  refuseWrong(request, directory);
  const words = replacementsFor(request);
  const files = ["common", request.kind].flatMap((folder) => {
    const base = join(templates, folder);
    return templatesIn(base).map((path) => ({
      path: relative(base, path).slice(0, -suffix.length).replaceAll("\\", "/"),
      content: fillIn(readFileSync(path, "utf8"), words),
    }));
  });
  for (const { path, content } of files) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { flag: "wx" });
  }
  return { directory, files: files.map(({ path }) => path).sort() };
}

function refuseWrong({ kind, name }: ScaffoldRequest, directory: string): void {
  const wrongName = wrongPackageName(name);
  const problems = [
    ...(isPluginKind(kind) ? [] : [`The kind must be ${pluginKinds.join(" or ")}.`]),
    ...(wrongName === undefined ? [] : [`The name ${wrongName}.`]),
    ...(isFree(directory) ? [] : [`${directory} is there already, and is not an empty folder.`]),
  ];
  if (problems.length > 0) throw new Refusal(problems.join("\n"));
}

function isFree(directory: string): boolean {
  if (!existsSync(directory)) return true;
  return statSync(directory).isDirectory() && readdirSync(directory).length === 0;
}

function templatesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return templatesIn(path);
    return entry.name.endsWith(suffix) ? [path] : [];
  });
}

type Replacements = { readonly [word: string]: string };

function replacementsFor({ kind, name }: ScaffoldRequest): Replacements {
  const { packageName, word, camel, pascal } = namesOf(name);
  return {
    __package__: packageName,
    __word__: word,
    __VARIABLE__: word.toUpperCase().replaceAll("-", "_"),
    __plugin__: camel,
    __Plugin__: pascal,
    __kind__: kind,
    __aKind__: kind === "adapter" ? "an adapter" : "a transport",
    // All packages of Syncline share one version.
    __version__: ownVersion(),
    __year__: String(new Date().getFullYear()),
  };
}

function fillIn(template: string, words: Replacements): string {
  return template.replace(/__[A-Za-z]+?__/g, (word) => words[word] ?? word);
}

export function ownVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
