import type { OperatorNote } from "../contracts/audit-log.ts";
import type {
  DefinitionEdit,
  DefinitionRow,
  DefinitionTable,
  StoredDefinitions,
} from "../contracts/definition-table.ts";
import type { StrandedWork } from "../contracts/stranded-work.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { CheckedStrategies } from "../stores/load-strategies.ts";
import { operatorRecord } from "./operator-record.ts";
import type { LiveChoice, MadeLive } from "./pipeline.ts";

export interface MakeLiveParts {
  readonly table: DefinitionTable;
  readonly strandedWork: StrandedWork | undefined;
  /** Names of the strategies in code. */
  readonly inCode: ReadonlySet<string>;
  readonly stored: StoredDefinitions;
  readonly loaded: CheckedStrategies;
  /** Nothing is left of the pause of a strategy that is gone. */
  readonly resume: (name: string) => Promise<void>;
  readonly check: (edits: readonly DefinitionEdit[]) => Promise<readonly Problem[]>;
}

/** Deliveries that one transaction moves. */
const mostAtOnce = 1_000;

/**
 * A shadow of the table becomes live, and what it was held against goes, in one transaction. What
 * that one still owes is handed on afterwards: broken off, the rest is stranded, and told as that.
 */
export async function makeLive(
  parts: MakeLiveParts,
  name: string,
  { others }: LiveChoice,
  by: OperatorNote | undefined,
  signal: AbortSignal,
): Promise<MadeLive> {
  const { table, stored } = parts;
  const shadow = shadowOf(parts, name);
  const row = rowOf(parts, name, 'take "mode" and "shadowOf" away');
  const replaced = replacedBy(parts, shadow, others);
  const record = operatorRecord("make-live", by, name, replaced === undefined ? {} : { replaces: replaced });
  const edits: readonly DefinitionEdit[] = [
    { ...row, definition: edited(row, ({ mode: _, shadowOf: __, ...rest }) => rest) },
    ...(replaced === undefined ? [] : [{ kind: "strategy", name: replaced, remove: true } as const]),
    ...heldAgainst(parts, replaced, name),
  ];
  const problems = await parts.check(edits);
  if (problems.length > 0)
    throw new SynclineError("strategy.invalid", `"${name}" could not work: nothing was done.`, { problems });
  if (!(await table.edit(edits, stored.revision, signal, record))) {
    const message = "Somebody edited the tables meanwhile: nothing was done. Look at the strategy again.";
    throw new SynclineError("definitions.changed", message);
  }
  const moved = replaced === undefined ? 0 : await handOn(parts, replaced, shadow, by, signal);
  return { replaced, moved };
}

/** Errors: `strategy.unknown`, `config.invalid`. */
function shadowOf({ loaded }: MakeLiveParts, name: string): Strategy {
  const found = loaded.strategies.get(name);
  if (found === undefined)
    throw new SynclineError("strategy.unknown", `There is no strategy "${name}" that is enabled and in order.`);
  if (found.mode !== "shadow")
    throw new SynclineError("config.invalid", `The strategy "${name}" is no shadow: it is live already.`);
  return found;
}

/** Its row of the table, where it stands there. Errors: `config.invalid`, which says where it stands instead. */
function rowOf({ stored, loaded, inCode }: MakeLiveParts, name: string, what: string): DefinitionRow {
  const refused = (at: string) =>
    new SynclineError("config.invalid", `The strategy "${name}" stands in ${at}, and not in the table: ${what} there.`);
  if (inCode.has(name)) throw refused("code");
  const place = loaded.origins.get(name)?.place;
  if (place !== undefined) throw refused(place("mode"));
  const row = stored.rows.find((each) => each.kind === "strategy" && each.name === name);
  if (row === undefined) throw refused(loaded.origins.get(name)?.source ?? "a store");
  return row;
}

/** Both would send the same keys to one downstream: whether that is meant, nobody but the operator knows. */
function replacedBy(parts: MakeLiveParts, shadow: Strategy, others: LiveChoice["others"]): string | undefined {
  const live = shadow.shadowOf;
  if (live === undefined || others === "keep") return undefined;
  if (others === undefined)
    throw new SynclineError(
      "config.invalid",
      `"${shadow.name}" is held against "${live}", which sends the same keys: say whether it replaces it, or both go on.`,
    );
  if (!parts.loaded.strategies.has(live) && !parts.loaded.disabled.some((each) => each.name === live)) return undefined;
  rowOf(parts, live, "take it away");
  return live;
}

/** Other shadows of what goes are held against what takes its place. */
function heldAgainst({ stored, loaded }: MakeLiveParts, replaced: string | undefined, name: string): DefinitionRow[] {
  if (replaced === undefined) return [];
  const held = [...loaded.strategies.values()].filter((each) => each.shadowOf === replaced && each.name !== name);
  return held.map((shadow) => {
    const row = stored.rows.find((each) => each.kind === "strategy" && each.name === shadow.name);
    const isOfTable = row !== undefined && loaded.origins.get(shadow.name)?.place === undefined;
    if (row === undefined || !isOfTable)
      throw new SynclineError(
        "config.invalid",
        `"${shadow.name}" is held against "${replaced}", too: change it first.`,
      );
    return { ...row, definition: edited(row, (definition) => ({ ...definition, shadowOf: name })) };
  });
}

/** What others still owe of the replaced one is recorded for the new one: no call is lost. */
async function handOn(
  { strandedWork, resume }: MakeLiveParts,
  replaced: string,
  { name, category }: Strategy,
  by: OperatorNote | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (strandedWork === undefined) return 0;
  const record = operatorRecord("move-stranded", by, replaced, { to: name, held: false });
  const portion = { strategy: replaced, withHeld: false, most: mostAtOnce };
  let total = 0;
  for (;;) {
    const moved = await strandedWork.move(portion, { strategy: name, category: category.name }, signal, record);
    if (moved === 0) break;
    total += moved;
  }
  await resume(replaced);
  return total;
}

type Definition = { readonly [option: string]: unknown };

function edited({ definition }: DefinitionRow, change: (definition: Definition) => Definition): string {
  return JSON.stringify(change(JSON.parse(definition) as Definition));
}
