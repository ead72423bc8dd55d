import type { DefinitionRow, Problem } from "@syncline/core/spi";
import type { Kind } from "./folder.ts";
import { type FilesOptions, resolveOptions } from "./options.ts";
import { FolderReader } from "./read-all.ts";

/** A definition of a file, as a row of a table would hold it. */
export interface FolderDefinition extends DefinitionRow {
  /** `syncline/strategies/crm.yaml`. */
  readonly file: string;
  /** Where an option stands: `syncline/strategies/crm.yaml:12:3 (batch)`. */
  readonly place: (option: string) => string;
}

export interface FolderDefinitions {
  /** Each kind and name once, categories first, in the order of names. */
  readonly definitions: readonly FolderDefinition[];
  /** Whatever keeps a file or a definition from being taken. */
  readonly problems: readonly Problem[];
}

/**
 * The definitions of a folder, as `files` would take them, for tools. Errors: `config.invalid` for
 * options; of the file system, where the folder cannot be read.
 */
export async function readDefinitions(directory: string, options: FilesOptions = {}): Promise<FolderDefinitions> {
  const { files } = await new FolderReader(directory, resolveOptions(options).env).read();
  const problems: Problem[] = files.flatMap((file) => file.problems);
  const definitions = new Map<string, FolderDefinition>();
  for (const { found, definitions: read } of files) {
    for (const { file, value, place, problems: own, disabled } of read) {
      problems.push(...own);
      const { name, ...definition } = value;
      const kind = singular[found.kind];
      const slot = `${kind} ${name}`;
      const other = definitions.get(slot);
      if (other !== undefined)
        problems.push({ at: place("name"), message: `"${name}" stands in ${other.place("name")}, too.` });
      else
        definitions.set(slot, { kind, name, definition: JSON.stringify(definition), enabled: !disabled, file, place });
    }
  }
  const sorted = [...definitions].sort(([one], [other]) => (one < other ? -1 : 1));
  return { definitions: sorted.map(([, definition]) => definition), problems };
}

const singular: { readonly [Each in Kind]: DefinitionRow["kind"] } = { categories: "category", strategies: "strategy" };
