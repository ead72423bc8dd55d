import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DefinitionRow } from "@syncline/core/spi";
import { definitionText, type FolderDefinition, readDefinitions } from "@syncline/files";
import { answer, type Context } from "../context.ts";
import { differentOptions, slotOf } from "../definition-difference.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import type { Register } from "../registration.ts";

interface Exported {
  readonly kind: DefinitionRow["kind"];
  readonly name: string;
  readonly file: string;
  readonly what: "written" | "unchanged" | "left";
}

const folders = { category: "categories", strategy: "strategies" } as const;
const fileName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * Writes what the tables hold into files, one each. A file that says the same is left as it is,
 * with its comments and its layout; one that says something else is never written over, unless
 * `force` is given.
 */
export async function exportDefinitions(context: Context, folder: string, force: boolean): Promise<ExitCode> {
  const { rows } = await context.pipeline.definitions.list();
  refuseNames(rows);
  const known = await filesIn(folder);
  const done: Exported[] = [];
  for (const row of rows) done.push(await writeOne(folder, row, known, force));
  const left = done.filter(({ what }) => what === "left");
  answer(context, { definitions: done }, () =>
    [
      ...done
        .filter(({ what }) => what !== "unchanged")
        .map(({ what, file }) => `${what === "left" ? "differs" : what}: ${file}`),
      `${done.length - left.length} of ${done.length} stand in ${folder} as in the tables.`,
      ...(left.length === 0 ? [] : ["What differs was not written over: see `syncline diff`, or say --force."]),
    ].join("\n"),
  );
  return left.length === 0 ? 0 : 1;
}

/** A definition may stand in a file of another name, its query in one of its own. */
async function filesIn(folder: string): Promise<readonly FolderDefinition[]> {
  return (await readDefinitions(folder).catch(() => ({ definitions: [] }))).definitions;
}

async function writeOne(
  folder: string,
  row: DefinitionRow,
  known: readonly FolderDefinition[],
  force: boolean,
): Promise<Exported> {
  const { kind, name } = row;
  const held = known.find((each) => slotOf(each) === slotOf(row));
  const file = held?.file ?? join(folder, folders[kind], `${name}.yaml`);
  if (held !== undefined && differentOptions(held, row).length === 0) return { kind, name, file, what: "unchanged" };
  // What else stands there would be lost, and JSON is not written.
  const isShared = known.filter((each) => each.file === file).length > 1 || !/\.ya?ml$/i.test(file);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isThere && (!force || isShared)) return { kind, name, file, what: "left" };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, definitionText(row));
  return { kind, name, file, what: "written" };
}

/** Whoever edits a table says no file's place; and some file systems know no capitals. */
function refuseNames(rows: readonly DefinitionRow[]): void {
  const seen = new Map<string, string>();
  for (const row of rows) {
    if (!fileName.test(row.name))
      throw new Refusal(`The ${row.kind} ${JSON.stringify(row.name)} has a name that no file can have.`);
    const small = slotOf(row).toLowerCase();
    const other = seen.get(small);
    if (other !== undefined)
      throw new Refusal(`The names ${other} and ${row.name} differ in capitals alone: they would be one file.`);
    seen.set(small, row.name);
  }
}

export const registerExport: Register = (program, { within }) => {
  program
    .command("export [folder]")
    .description("write what the tables of categories and strategies hold into files")
    .option("--force", "write over files that say something else", false)
    .action((folder = "syncline", { force }) => within((context) => exportDefinitions(context, folder, force)));
};
