import type { DatabaseAdapter } from "../contracts/database-adapter.ts";
import type { SqlDialect } from "../contracts/sql-dialect.ts";
import { longestDelayMs } from "../engine/guard/bounded-delay.ts";
import { defaultTuning } from "../engine/tuning.ts";
import { oneOf, show } from "../model/option-checks.ts";
import type { Problem } from "../model/problem.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkSpecVersion, refuse } from "./plugin.ts";

/** A part that was written against other contracts cannot be asked anything: it stops everything at once. */
export function refuseOtherVersions<Tx>(options: PipelineOptions<Tx>): void {
  refuse(
    "A part was written against another version of the contracts.",
    [
      ...checkDatabase(options.database as DatabaseAdapter<never>),
      ...Object.entries(options.downstreams).flatMap(([name, transport]) =>
        checkSpecVersion(`downstreams.${name}`, transport),
      ),
      ...(options.plugins ?? []).flatMap((plugin, index) => checkSpecVersion(`plugins[${index}]`, plugin)),
    ],
    "plugin.incompatible",
  );
}

function checkDatabase(database: DatabaseAdapter<never>): readonly Problem[] {
  const problems = checkSpecVersion("database", database);
  // Of another version, nothing is known that could be missed.
  return problems.length > 0 ? problems : checkAnswers(database);
}

/**
 * A dialect of an earlier release has no `attest`. What its statements leave out could not be told
 * from what is gone, and would be deleted downstream.
 */
function checkAnswers({ name, dialect }: DatabaseAdapter<never>): readonly Problem[] {
  if (typeof (dialect as Partial<SqlDialect> | undefined)?.attest === "function") return [];
  const message =
    `The dialect of the adapter "${name}" has no "attest": it was written before every key had to answer for itself. ` +
    "A row that its statements lose would be told as deleted. Upgrade the adapter; if it is yours, " +
    "docs/write-an-adapter.md says what its statements owe.";
  return [{ at: "database.dialect.attest", message }];
}

/** What is wrong with the options beside the downstreams'. */
export function checkOptions<Tx>(options: PipelineOptions<Tx>): readonly Problem[] {
  return [...checkTuning(options), ...checkRedaction(options), ...checkTables(options)];
}

function checkRedaction<Tx>({ redactKeys }: PipelineOptions<Tx>): readonly Problem[] {
  if (redactKeys === undefined) return [];
  const message = oneOf("hash", "omit")(redactKeys);
  return message === undefined ? [] : [{ at: "redactKeys", message }];
}

const atLeast1: readonly string[] = ["leaseMs", "maxQueryTimeoutMs", "breakerFailures", "databaseTimeoutMs"];

function checkTuning<Tx>({ tuning = {} }: PipelineOptions<Tx>): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(tuning)) {
    const at = `tuning.${name}`;
    if (!Object.hasOwn(defaultTuning, name)) {
      problems.push({ at, message: `There is no such setting; there are ${Object.keys(defaultTuning).join(", ")}.` });
    } else if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      problems.push({ at, message: `It must be a number of 0 or more, not ${show(value)}.` });
    } else if (name.endsWith("Ms") && value > longestDelayMs) {
      problems.push({ at, message: `It must be at most ${longestDelayMs}, which is 24 days, not ${show(value)}.` });
    } else if ((atLeast1.includes(name) || name.endsWith("Limit") || name.endsWith("Bytes")) && !(value >= 1)) {
      problems.push({ at, message: `It must be 1 or more, not ${value}.` });
    }
  }
  return problems;
}

function checkTables<Tx>({ strategyTable, categoryTable, database }: PipelineOptions<Tx>): readonly Problem[] {
  const { name, capabilities } = database;
  const missing = (at: string, what: string) => ({ at, message: `The database adapter "${name}" keeps no ${what}.` });
  return [
    ...(strategyTable && !capabilities.strategyTable ? [missing("strategyTable", "strategies")] : []),
    ...(categoryTable && !capabilities.definitions ? [missing("categoryTable", "categories")] : []),
  ];
}
