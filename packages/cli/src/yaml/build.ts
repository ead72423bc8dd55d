import { resolve } from "node:path";
import { createPipeline, type Pipeline, type PipelineOptions } from "@syncline/core";
import {
  type CategoryDefinition,
  type DatabaseAdapter,
  isSynclineError,
  type Problem,
  type StrategyStore,
  SynclineError,
  type Transport,
} from "@syncline/core/spi";
import { files } from "@syncline/files";
import type { ImportFrom } from "../init/packages.ts";
import { adapterNames, needCode, optionNames, transportNames } from "./parts.ts";
import { withReferences } from "./references.ts";

interface Options {
  readonly [option: string]: unknown;
}

/**
 * The pipeline that a document describes. Errors: `config.invalid`, whose problems have places of the document
 * (`downstreams.crm.http.baseUrl`).
 */
export async function buildPipeline(document: Options, folder: string, importFrom: ImportFrom): Promise<Pipeline> {
  const problems: Problem[] = [...unknownOptions(document)];
  const tell = (at: string, message: string) => void problems.push({ at, message });
  const given = {
    ...document,
    database: withReferences(document.database, "database", () => true, problems),
    downstreams: withReferences(document.downstreams, "downstreams", isAddress, problems),
  };
  const parts: Parts = { folder, importFrom, problems };
  const database = await partOf(given.database, "database", adapterNames, "adapter", parts);
  const downstreams: { [name: string]: Transport } = {};
  if (isMap(given.downstreams))
    for (const [name, value] of Object.entries(given.downstreams)) {
      const made = await partOf(value, `downstreams.${name}`, transportNames, "transport", parts);
      if (made !== undefined) downstreams[name] = made as Transport;
    }
  else tell("downstreams", "It must be a map of downstreams by their names.");
  const stores = storesOf(document.files, folder, tell);
  if (problems.length > 0) throw invalid(problems);
  const { categories = [], strategyTable, categoryTable, redactKeys, tuning } = document;
  return createPipeline({
    database: database as DatabaseAdapter,
    downstreams,
    categories: categories as readonly CategoryDefinition[],
    ...(stores.length === 0 ? {} : { stores }),
    ...withoutMissing({ strategyTable, categoryTable, redactKeys, tuning }),
  } as PipelineOptions<unknown>);
}

/** What is not given must not be there. */
function withoutMissing(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function invalid(problems: readonly Problem[]): SynclineError {
  return new SynclineError("config.invalid", "The configuration is not in order.", { problems });
}

function unknownOptions(document: Options): readonly Problem[] {
  return Object.keys(document)
    .filter((name) => name !== "$schema" && !(optionNames as readonly string[]).includes(name))
    .map((at) => {
      const why = needCode[at];
      const message =
        why === undefined
          ? `There is no such option. There are ${optionNames.join(", ")}.`
          : `${why}: write syncline.config.ts for that.`;
      return { at, message };
    });
}

/** Secrets are the transports' to resolve, again once they are refused; where a downstream is, is said once. */
function isAddress(at: string, text: string): boolean {
  return text.startsWith("env:") && /\.(?:baseUrl|address)$/.test(at);
}

interface Parts {
  readonly folder: string;
  readonly importFrom: ImportFrom;
  readonly problems: Problem[];
}

/** `{ postgres: { … } }`: what the package of that name makes of the options. */
async function partOf(
  value: unknown,
  at: string,
  names: readonly string[],
  what: "adapter" | "transport",
  { folder, importFrom, problems }: Parts,
): Promise<unknown> {
  const tell = (place: string, message: string) => void problems.push({ at: place, message });
  const [[name, options] = ["", undefined], ...more] = isMap(value) ? Object.entries(value) : [];
  if (!names.includes(name) || more.length > 0) {
    const place = name === "" ? at : `${at}.${more[0]?.[0] ?? name}`;
    tell(
      place,
      `It must be one of ${names.join(", ")}, with its options. Any other ${what} needs code: syncline.config.ts.`,
    );
    return undefined;
  }
  if (!isMap(options)) {
    tell(`${at}.${name}`, "It must be a map of options.");
    return undefined;
  }
  const place = `${at}.${name}`;
  try {
    const make = await importedMember(folder, importFrom, name);
    const { open, ...rest } = name === "sqlite" ? await sqliteOptions(options, folder, importFrom) : { ...options };
    return make(open === undefined ? rest : { ...rest, open });
  } catch (error) {
    if (!isSynclineError(error) || error.problems.length === 0) tell(place, messageOf(error));
    else for (const each of error.problems) tell(placed(place, name, each.at), each.message);
    return undefined;
  }
}

/** Adapters name their options after themselves: `postgres.connectionString`. */
function placed(place: string, name: string, at: string): string {
  const rest = at === name ? "" : at.startsWith(`${name}.`) ? at.slice(name.length + 1) : at;
  return rest === "" ? place : `${place}.${rest}`;
}

async function importedMember(
  folder: string,
  importFrom: ImportFrom,
  name: string,
): Promise<(options: Options) => unknown> {
  const module = (await importFrom(folder, `@syncline/${name}`)) as Options | undefined;
  const made = module?.[name];
  if (typeof made === "function") return made as (options: Options) => unknown;
  throw new Error(`The package @syncline/${name} is not installed: npm install @syncline/${name}.`);
}

/** What opens a connection is code; of a file it is always the same. */
async function sqliteOptions(options: Options, folder: string, importFrom: ImportFrom): Promise<Options> {
  const { file, ...rest } = options;
  if (typeof file !== "string" || file === "")
    throw new SynclineError("config.invalid", "", { problems: [{ at: "file", message: "It must be a path." }] });
  for (const driver of ["better-sqlite3", "libsql"]) {
    const module = (await importFrom(folder, driver)) as { readonly default?: unknown } | undefined;
    if (module === undefined) continue;
    const Database = (module.default ?? module) as new (path: string) => object;
    return { ...rest, open: () => new Database(resolve(folder, file)) };
  }
  throw new Error("Neither better-sqlite3 nor libsql is installed: npm install better-sqlite3.");
}

function storesOf(value: unknown, folder: string, tell: (at: string, message: string) => void): StrategyStore[] {
  if (value === undefined) return [];
  const folders: readonly unknown[] = Array.isArray(value) ? value : [value];
  return folders.flatMap((each, index) => {
    if (typeof each === "string" && each !== "") return [files(resolve(folder, each))];
    tell(Array.isArray(value) ? `files[${index}]` : "files", "It must be the path of a folder.");
    return [];
  });
}

function isMap(value: unknown): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
