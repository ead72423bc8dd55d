import type { Container } from "inversify";
import type {
  DefinitionEdit,
  DefinitionRow,
  DefinitionTable,
  StoredDefinitions,
} from "../contracts/definition-table.ts";
import type { StoredCategory, StoredStrategy } from "../contracts/strategy-store.ts";
import type { ReadPlans } from "../engine/read/read-plans.ts";
import { SynclineError } from "../model/errors.ts";
import { liveDictionary } from "../model/live-dictionary.ts";
import { type Problem, placeIn } from "../model/problem.ts";
import { combineStores } from "../stores/combine-stores.ts";
import { inCodeStrategies } from "../stores/in-code-strategies.ts";
import { type CheckedStrategies, loadStrategies } from "../stores/load-strategies.ts";
import { describeStrategies } from "./describe-strategies.ts";
import type { EngineHolder } from "./engine-holder.ts";
import { type Lifecycle, operatorMs } from "./lifecycle.ts";
import { makeLive } from "./make-live.ts";
import { operatorRecord } from "./operator-record.ts";
import type { Definitions } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkParts, checkReading, checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

const mostEdits = 10_000;

interface OperatorParts<Tx> {
  readonly container: Container;
  readonly options: PipelineOptions<Tx>;
  readonly lifecycle: Lifecycle;
  readonly engine: EngineHolder<Tx>;
  readonly plans: () => ReadPlans;
}

/** What operators do with the tables of categories and strategies. */
export function definitionOperator<Tx>(parts: OperatorParts<Tx>): Definitions {
  const { container, lifecycle } = parts;
  const table = (): DefinitionTable => {
    const { definitions } = container.get(TOKENS.DatabaseSession);
    if (definitions !== undefined) return definitions;
    const { name } = container.get(TOKENS.DatabaseAdapter);
    throw new SynclineError("config.invalid", `The database adapter "${name}" edits no tables of definitions.`);
  };
  return {
    list: () => lifecycle.during(operatorMs, (signal) => table().list(signal)),
    check: (edits) =>
      lifecycle.during(operatorMs, async (signal) => {
        const stored = await table().list(signal);
        return await problemsOf(parts, stored, checked(edits), signal);
      }),
    makeLive: (name, choice, by) =>
      lifecycle.during(operatorMs, async (signal) => {
        const stored = await table().list(signal);
        return await makeLive(
          {
            stored,
            table: table(),
            strandedWork: container.get(TOKENS.DatabaseSession).strandedWork,
            resume: (replaced) => container.get(TOKENS.DatabaseSession).backlog.resume(replaced, signal),
            inCode: new Set((parts.options.strategies ?? []).map((each) => each.name)),
            loaded: await loadedOf(parts, stored, [], signal),
            check: (edits) => problemsOf(parts, stored, edits, signal),
          },
          ...([name, choice ?? {}, by, signal] as const),
        );
      }),
    apply: (edits, revision, by) =>
      lifecycle.during(operatorMs, async (signal) => {
        if (edits.length === 0) return;
        const record = operatorRecord("apply", by, null, selectionOf(edits));
        if (await table().edit(checked(edits), revision, signal, record)) return;
        const message =
          "Somebody edited the tables since they were read: nothing was done. Look again at what is different.";
        throw new SynclineError("definitions.changed", message);
      }),
  };
}

/** By kind, what is put and what is removed. */
function selectionOf(edits: readonly DefinitionEdit[]): object {
  const named = (kind: string, isRemoved: boolean) =>
    edits.flatMap((edit) => (edit.kind === kind && "remove" in edit === isRemoved ? [edit.name] : []));
  const lists = {
    categories: named("category", false),
    strategies: named("strategy", false),
    removedCategories: named("category", true),
    removedStrategies: named("strategy", true),
  };
  const most = 20;
  return Object.fromEntries(
    Object.entries(lists)
      .filter(([, names]) => names.length > 0)
      .map(([list, names]) => [list, names.length > most ? [...names.slice(0, most), `… ${names.length}`] : names]),
  );
}

/** Each row once: which of two edits was meant, nobody knows. */
function checked(edits: readonly DefinitionEdit[]): readonly DefinitionEdit[] {
  const seen = new Set<string>();
  for (const { kind, name } of edits) {
    if (seen.has(`${kind} ${name}`))
      throw new SynclineError("config.invalid", `The ${kind} "${name}" is edited twice at once.`);
    seen.add(`${kind} ${name}`);
  }
  if (edits.length > mostEdits)
    throw new SynclineError("config.invalid", `There are ${edits.length} edits: ${mostEdits} are the most at once.`);
  return edits;
}

/** What would be wrong of what is edited, or stands on what is edited, after these edits. */
async function problemsOf<Tx>(
  { container, options, engine, plans }: OperatorParts<Tx>,
  stored: StoredDefinitions,
  edits: readonly DefinitionEdit[],
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const { unusable } = await engine.examine();
  const rows = afterwards(stored.rows, edits);
  const loaded = await loadedOf({ container, options }, stored, edits, signal);
  const edited = new Set(edits.map(slotOf));
  const isMeant = (name: string, category: string | undefined) =>
    edited.has(`strategy ${name}`) || (category !== undefined && edited.has(`category ${category}`));
  const categoryOf = new Map(rows.map((row) => [slotOf(row), readDefinition(row)?.category]));
  const parts = checkParts(container, options.downstreams);
  const problems: Problem[] = [
    ...tablesInForce(options, edits),
    ...loaded.invalidCategories.filter(({ name }) => edited.has(`category ${name}`)).flatMap((each) => each.problems),
    ...loaded.invalid
      .filter(({ name }) => isMeant(name, String(categoryOf.get(`strategy ${name}`) ?? "")))
      .flatMap((each) => each.problems),
  ];
  const sound = [...loaded.strategies.values()].filter(({ name, category }) => isMeant(name, category.name));
  const readable = sound.filter((strategy) => {
    const found = unusable.has(strategy.downstream) ? checkReading(strategy, parts) : checkStrategy(strategy, parts);
    problems.push(...found.map(({ at, message }) => ({ at: placeIn(`strategies.${strategy.name}`, at), message })));
    return found.length === 0;
  });
  const failed = (error: unknown, name: string) => {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ at: `strategies.${name}.query`, message });
  };
  // `failed` adds to the problems meanwhile.
  const described = await describeStrategies(plans(), readable, signal, failed);
  return [...problems, ...described];
}

/** Code, stores and tables together, as they would be after these edits. */
async function loadedOf<Tx>(
  { container, options }: Pick<OperatorParts<Tx>, "container" | "options">,
  stored: StoredDefinitions,
  edits: readonly DefinitionEdit[],
  signal: AbortSignal,
): Promise<CheckedStrategies> {
  const rows = afterwards(stored.rows, edits);
  const store = combineStores([
    inCodeStrategies(options.strategies ?? []),
    ...(options.stores ?? []),
    {
      load: async () => ({
        strategies: rows.filter(({ kind }) => kind === "strategy").map(asStrategy),
        categories: rows.filter(({ kind }) => kind === "category").map(asCategory),
        revision: stored.revision,
      }),
    },
  ]);
  const { inCode } = liveDictionary(container.get(TOKENS.Dictionary));
  return await loadStrategies(store, inCode, signal);
}

/** What is written into a table that nobody reads is in force nowhere. */
function tablesInForce<Tx>(
  { strategyTable, categoryTable }: PipelineOptions<Tx>,
  edits: readonly DefinitionEdit[],
): readonly Problem[] {
  const missing = (option: string, kind: string) =>
    edits.some((edit) => edit.kind === kind && !("remove" in edit))
      ? [{ at: option, message: `It is not set for this pipeline: no ${kind} of the table would be in force.` }]
      : [];
  return [
    ...(strategyTable === true ? [] : missing("strategyTable", "strategy")),
    ...(categoryTable === true ? [] : missing("categoryTable", "category")),
  ];
}

function afterwards(rows: readonly DefinitionRow[], edits: readonly DefinitionEdit[]): readonly DefinitionRow[] {
  const after = new Map(rows.map((row) => [slotOf(row), row]));
  for (const edit of edits) {
    if ("remove" in edit) after.delete(slotOf(edit));
    else after.set(slotOf(edit), edit);
  }
  return [...after.values()];
}

function slotOf({ kind, name }: Pick<DefinitionRow, "kind" | "name">): string {
  return `${kind} ${name}`;
}

function readDefinition({ definition }: DefinitionRow): { readonly [option: string]: unknown } | undefined {
  try {
    const read: unknown = JSON.parse(definition);
    return typeof read === "object" && read !== null ? (read as { readonly [option: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

function asStrategy(row: DefinitionRow): StoredStrategy {
  const source = `strategies.${row.name}`;
  const read = readDefinition(row);
  if (read === undefined) return { source, definition: { name: row.name }, problem: "It is no JSON of an object." };
  return { source, definition: { ...read, name: row.name }, ...(row.enabled ? {} : { disabled: true }) };
}

function asCategory(row: DefinitionRow): StoredCategory {
  const source = `categories.${row.name}`;
  const read = readDefinition(row);
  if (read === undefined) return { source, definition: { name: row.name }, problem: "It is no JSON of an object." };
  return { source, definition: { ...read, name: row.name } };
}
