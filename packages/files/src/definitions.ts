import { dirname, isAbsolute, join } from "node:path";
import type { Problem, StoredCategory, StoredStrategy } from "@syncline/core/spi";
import { type FoundFile, readText } from "./folder.ts";
import type { ParsedDefinition, parseDefinitions } from "./parse-definitions.ts";
import { literalSecrets, mentionsEnvironment, substitute } from "./texts.ts";

/** A definition as its file has it. `problems`: what keeps it from being taken. */
export interface FileDefinition {
  readonly file: string;
  readonly value: { readonly name: string; readonly [option: string]: unknown };
  readonly place: (option: string) => string;
  readonly problems: readonly Problem[];
  /** `enabled: false`. */
  readonly disabled: boolean;
}

/** What a file holds; a file that is wrong as a whole holds none. */
export interface ReadFile {
  readonly found: FoundFile;
  readonly definitions: readonly FileDefinition[];
  readonly problems: readonly Problem[];
}

export interface Surroundings {
  readonly env: ReadonlySet<string>;
  /** Real paths that files may lie in. */
  readonly bases: readonly string[];
  /** Told of each file that a definition names. */
  readonly onFile: (path: string) => void;
}

export async function readDefinitions(
  found: FoundFile,
  parse: typeof parseDefinitions,
  surroundings: Surroundings,
): Promise<ReadFile> {
  const { name, text, problem } = found;
  if (text === undefined) return wrong(found, [{ at: `${name}:1:1`, message: problem ?? "It cannot be read." }]);
  const parsed = parse(name, text);
  if (!parsed.ok) return wrong(found, parsed.problems);
  const definitions: FileDefinition[] = [];
  for (const each of parsed.definitions) {
    // Without a name, nobody knows which of those before it was.
    if (typeof each.value.name !== "string" || each.value.name === "")
      return wrong(found, [{ at: each.place("name"), message: `It must have a name: "name: crm-orders".` }]);
    definitions.push(await definitionOf(found, each, each.value.name, surroundings));
  }
  return { found, definitions, problems: [] };
}

function wrong(found: FoundFile, problems: readonly Problem[]): ReadFile {
  return { found, definitions: [], problems };
}

async function definitionOf(
  { name: file, path, kind }: FoundFile,
  { value, place }: ParsedDefinition,
  name: string,
  { env, ...surroundings }: Surroundings,
): Promise<FileDefinition> {
  const problems: Problem[] = [];
  const { $schema: _, enabled, query, ...others } = value;
  const tell = (option: string, message: string) => problems.push({ at: place(option), message });
  if (kind === "strategies" && enabled !== undefined && typeof enabled !== "boolean")
    tell("enabled", "It must be true or false.");
  const options = substitute(others, env, tell) as { readonly [option: string]: unknown };
  literalSecrets(options.options, "options", tell);
  const read = kind === "strategies" ? await queryOf(query, path, surroundings, tell) : undefined;
  return {
    ...{ file, place, problems },
    value: {
      ...options,
      ...(kind === "categories" && enabled !== undefined ? { enabled } : {}),
      ...(read === undefined ? {} : { query: read }),
      name,
    },
    disabled: kind === "strategies" && enabled === false,
  };
}

type Tell = (option: string, message: string) => void;

/** The template, which may stand in a file of its own. */
async function queryOf(
  query: unknown,
  path: string,
  { bases, onFile }: Pick<Surroundings, "bases" | "onFile">,
  tell: Tell,
): Promise<unknown> {
  if (typeof query !== "object" || query === null) return withoutReferences(query, tell);
  const { file, ...others } = query as { readonly file?: unknown; readonly [option: string]: unknown };
  if (typeof file !== "string" || file === "" || Object.keys(others).length > 0) {
    tell("query", "It must be a text, or { file: orders.sql } alone.");
    return undefined;
  }
  if (isAbsolute(file) || file.includes("\u0000")) {
    tell("query.file", "It must be a path from this file on.");
    return undefined;
  }
  const template = join(dirname(path), file);
  onFile(template);
  const { text, problem } = await readText(template, bases);
  if (text === undefined) {
    tell("query.file", `${file.slice(0, 200)}: ${problem}`);
    return undefined;
  }
  return withoutReferences(text.replace(/^\uFEFF/, ""), tell);
}

function withoutReferences(query: unknown, tell: Tell): unknown {
  if (typeof query === "string" && mentionsEnvironment(query))
    tell("query", "Nothing is substituted in a query: values come by its parameters.");
  return query;
}

/** As core takes it. */
export function storedStrategy({ file, value, place, problems, disabled }: FileDefinition): StoredStrategy {
  return {
    ...{ source: file, definition: value, place, keepsLast: true },
    ...(disabled ? { disabled } : {}),
    ...(problems.length === 0 ? {} : { problem: problems }),
  };
}

export function storedCategory({ file, value, place, problems }: FileDefinition): StoredCategory {
  return { source: file, definition: value, place, ...(problems.length === 0 ? {} : { problem: problems }) };
}
