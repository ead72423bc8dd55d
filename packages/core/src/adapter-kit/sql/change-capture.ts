import { createHash } from "node:crypto";
import type { CaptureReport, CaptureTarget, ChangeCapture } from "../../contracts/change-capture.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Problem } from "../../model/problem.ts";
import { keyColumnsOf, noColumn, type SourceColumn, type TableReading } from "./category-sources.ts";

/** What is there, against what should be, and the statements that make it so. */
export interface CapturePlan {
  /** `table`: as SQL names it. */
  readonly triggers: readonly { readonly name: string; readonly table: string }[];
  /** A sentence each. Of no trigger there is none. */
  readonly drift: readonly string[];
  readonly statements: readonly string[];
  /** A sentence each: see `CaptureReport`. */
  readonly uncaptured: readonly string[];
}

export interface CaptureParts<Name> {
  /** As SQL reads it; a text, what is wrong with it: a clause after the name. */
  tableNameOf(text: string): Name | string;
  /** As SQL names it, and for people. */
  quotedTable(name: Name): string;
  /** What there is now, and what `install` would do. */
  show(target: CaptureTarget, table: Name, signal: AbortSignal): Promise<CapturePlan>;
  /** Runs a plan's statements. Returns what it ran, and how it is now. */
  readonly install: ChangesTriggers<Name>;
  readonly remove: ChangesTriggers<Name>;
}

type ChangesTriggers<Name> = (
  target: CaptureTarget,
  table: Name,
  signal: AbortSignal,
) => Promise<{ readonly done: readonly string[]; readonly plan: CapturePlan }>;

export function createChangeCapture<Name>(parts: CaptureParts<Name>): ChangeCapture {
  const named = ({ source }: CaptureTarget): Name => {
    const name = parts.tableNameOf(source.table);
    if (typeof name !== "string") return name;
    throw new SynclineError("config.invalid", "The source cannot be captured.", {
      problems: [{ at: "source.table", message: `${JSON.stringify(source.table)} ${name}.` }],
    });
  };
  const reportOf = ({ category }: CaptureTarget, name: Name, plan: CapturePlan): CaptureReport => ({
    category: category.name,
    table: parts.quotedTable(name),
    state: plan.triggers.length === 0 ? "absent" : plan.drift.length > 0 ? "drifted" : "installed",
    ...{ triggers: plan.triggers.map(({ name: trigger, table }) => ({ name: trigger, table })), drift: plan.drift },
    ...{ uncaptured: plan.uncaptured, statements: plan.statements },
  });
  const changing = (change: ChangesTriggers<Name>) => async (target: CaptureTarget, signal: AbortSignal) => {
    const name = named(target);
    const { done, plan } = await change(target, name, signal);
    return { ...reportOf(target, name, plan), statements: done };
  };
  return {
    install: changing(parts.install),
    remove: changing(parts.remove),
    show: async (target, signal) => {
      const name = named(target);
      return reportOf(target, name, await parts.show(target, name, signal));
    },
  };
}

/** What is captured of a table. */
export interface CaptureKey<Table, Column> {
  readonly category: string;
  readonly table: Table;
  readonly columns: readonly SourceColumn<Column>[];
  /** One row for each key at most: a row that is gone is a key that is gone. */
  readonly isUnique: boolean;
  /** Empty: every UPDATE is captured. */
  readonly updateOf: readonly Column[];
}

export interface CapturedTable<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
> extends TableReading<Table, Column> {
  isUnique(table: Table, names: readonly string[]): boolean;
  /** Why no triggers can record its changes. */
  problemsOf(table: Table): readonly Problem[];
}

/**
 * What is to be captured of the table that is there. Errors: `config.invalid`, with every problem.
 *
 * @param table `undefined`: there is none, and `missing` says so.
 */
export function captureKeyOf<
  Table extends { readonly columns: readonly Column[] },
  Column extends { readonly name: string },
>(
  parts: CapturedTable<Table, Column>,
  { category, source }: CaptureTarget,
  table: Table | undefined,
  missing: string,
): CaptureKey<Table, Column> {
  const refused = (problems: readonly Problem[]) =>
    new SynclineError("config.invalid", `The category "${category.name}" cannot be captured.`, { problems });
  if (table === undefined) throw refused([{ at: "source.table", message: missing }]);
  const { columns, problems } = keyColumnsOf(parts, category.fields, source, table);
  const updateOf = (source.updateOf ?? []).map((name) => ({ name, column: parts.columnOf(table, name) }));
  const all = [
    ...parts.problemsOf(table),
    ...problems,
    ...updateOf.flatMap(({ name, column }, index) => {
      const at = `source.updateOf[${index}]`;
      return column === undefined ? [{ at, message: noColumn(parts.nameOf(table), table, name) }] : [];
    }),
  ];
  if (all.length > 0) throw refused(all);
  const names = columns.map(({ column }) => column.name);
  return {
    ...{ category: category.name, table, columns, isUnique: parts.isUnique(table, names) },
    updateOf: updateOf.flatMap(({ column }) => column ?? []),
  };
}

/** Short enough for any suffix, and another for each category and table. */
export function captureName(category: string, table: readonly string[]): string {
  const digest = createHash("sha256")
    .update([category, ...table].join("\0"))
    .digest("hex");
  const slug = category.replaceAll(/[^A-Za-z0-9]/g, "_").slice(0, 20);
  return `${slug.toLowerCase()}_${digest.slice(0, 10)}`;
}

/** A comment by which the triggers of a category are known; no name ends it. */
export function captureMark(category: string): string {
  return `/* Syncline captures ${JSON.stringify({ category }).replaceAll("/", "\\/")} */`;
}

/** A trigger for each row, with its own text. */
export interface RowTrigger {
  readonly name: string;
  /** As the catalog keeps it. */
  readonly text: string;
}

/**
 * Where all triggers are for each row.
 *
 * @param replaces a statement that creates one takes the place of another one of its name.
 */
export function planRowTriggers<Found extends RowTrigger>(
  found: readonly Found[],
  wanted: readonly (RowTrigger & { readonly statement: string })[],
  drop: (trigger: Found) => string,
  replaces: boolean,
): Pick<CapturePlan, "drift" | "statements"> {
  const isSame = (one: RowTrigger, other: RowTrigger) => one.name === other.name && one.text === other.text;
  const outdated = found.filter((each) => !wanted.some((one) => isSame(one, each)));
  const missing = wanted.filter((each) => !found.some((one) => isSame(one, each)));
  const named = (list: readonly RowTrigger[], { name }: RowTrigger) => list.some((each) => each.name === name);
  const drift = [
    ...outdated.map(({ name }) => `The trigger ${name} is not one that this source and this version make.`),
    ...missing.filter((each) => !named(outdated, each)).map(({ name }) => `There is no trigger ${name}.`),
  ];
  const dropped = replaces ? outdated.filter((each) => !named(missing, each)) : outdated;
  return {
    drift: found.length === 0 ? [] : drift,
    statements: [...dropped.map(drop), ...missing.map(({ statement }) => statement)],
  };
}

/** What no trigger of ours records, on any database, a sentence each. */
export function neverCaptured(names: {
  /** Columns of the key that may hold NULL, or what else `nothing` says. */
  readonly nullable: readonly string[];
  readonly nothing?: string;
  /** Columns of the key, and by what they compare values that differ. */
  readonly loose?: readonly { readonly name: string; readonly collation: string }[];
  readonly updateOf: readonly string[];
}): readonly string[] {
  const { nullable, nothing = "NULL", loose = [], updateOf } = names;
  return [
    ...loose.map(
      ({ name, collation }) =>
        `${name} compares by ${collation}, by which two keys may be one row: a strategy's query still finds the former spelling of a key, and it stays downstream.`,
    ),
    ...(nullable.length > 0
      ? [`Rows with ${nothing} in ${nullable.join(", ")} have no key: workers keep such a change apart and tell of it.`]
      : []),
    ...(updateOf.length > 0
      ? [`An UPDATE that changes neither the key nor ${updateOf.join(", ")} is not recorded.`]
      : []),
  ];
}
