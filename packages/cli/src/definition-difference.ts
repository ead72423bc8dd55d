import { isDeepStrictEqual } from "node:util";
import type { DefinitionEdit, DefinitionRow, Problem, StoredDefinitions } from "@syncline/core/spi";
import { type FolderDefinition, readDefinitions } from "@syncline/files";
import type { Context } from "./context.ts";
import { Refusal } from "./failure.ts";

/** What is different between files and tables, of one definition. */
export interface Difference {
  readonly what: "add" | "change" | "remove";
  readonly kind: DefinitionRow["kind"];
  readonly name: string;
  /** Of a change: the options that are others, and `enabled`. */
  readonly options: readonly string[];
  /** The file that has it. */
  readonly file?: string;
}

/** Files and tables, side by side. */
export interface Comparison {
  readonly differences: readonly Difference[];
  readonly stored: StoredDefinitions;
  /** What makes the tables as the files are. */
  readonly edits: readonly DefinitionEdit[];
}

export interface CompareOptions {
  /** What the files do not have is removed, too. */
  readonly prune: boolean;
  readonly env: readonly string[];
}

/** Errors: `Refusal` for files that cannot be taken. */
export async function compare(
  { pipeline }: Pick<Context, "pipeline">,
  folder: string,
  { prune, env }: CompareOptions,
): Promise<Comparison> {
  const { definitions, problems } = await readDefinitions(folder, { env }).catch((error: unknown) => {
    throw new Refusal(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`, 2);
  });
  if (problems.length > 0) throw new Refusal(linesOf("The files are not in order:", problems));
  // A folder that is not there, or not mounted, looks the same.
  if (definitions.length === 0)
    throw new Refusal(`There is no definition in ${folder}: nothing is compared with it.`, 2);
  const stored = await pipeline.definitions.list();
  const rows = new Map(stored.rows.map((row) => [slotOf(row), row]));
  const wanted = new Set(definitions.map(slotOf));
  const changed = definitions.flatMap((definition) => changeOf(definition, rows.get(slotOf(definition))));
  const removed = prune ? stored.rows.filter((row) => !wanted.has(slotOf(row))) : [];
  return {
    stored,
    differences: [
      ...changed.map(({ difference }) => difference),
      ...removed.map(({ kind, name }) => ({ what: "remove" as const, kind, name, options: [] })),
    ],
    edits: [
      ...changed.map(({ edit }) => edit),
      ...removed.map(({ kind, name }) => ({ kind, name, remove: true as const })),
    ],
  };
}

function changeOf(
  { kind, name, definition, enabled, file }: FolderDefinition,
  row: DefinitionRow | undefined,
): readonly { readonly difference: Difference; readonly edit: DefinitionEdit }[] {
  const edit = { kind, name, definition, enabled };
  if (row === undefined) return [{ edit, difference: { what: "add", kind, name, options: [], file } }];
  const options = differentOptions(edit, row);
  return options.length === 0 ? [] : [{ edit, difference: { what: "change", kind, name, options, file } }];
}

/** Values are compared, and no texts: databases keep JSON in an order of their own. */
export function differentOptions(one: DefinitionRow, other: DefinitionRow): readonly string[] {
  const [mine, theirs] = [JSON.parse(one.definition), JSON.parse(other.definition)] as readonly {
    readonly [option: string]: unknown;
  }[];
  const names = new Set([...Object.keys(mine ?? {}), ...Object.keys(theirs ?? {})]);
  const options = [...names].filter((name) => !isDeepStrictEqual(mine?.[name], theirs?.[name])).sort();
  return one.enabled === other.enabled ? options : ["enabled", ...options];
}

export function slotOf({ kind, name }: Pick<DefinitionRow, "kind" | "name">): string {
  return `${kind} ${name}`;
}

const signs = { add: "+", change: "~", remove: "-" } as const;

export function differenceLine({ what, kind, name, options, file }: Difference): string {
  const changed = options.length === 0 ? "" : `: ${options.join(", ")}`;
  return `${signs[what]} ${kind} ${name}${changed}${file === undefined ? "" : `  (${file})`}`;
}

export function linesOf(head: string, problems: readonly Problem[]): string {
  return [head, ...problems.map(({ at, message }) => `${at}: ${message}`)].join("\n");
}
