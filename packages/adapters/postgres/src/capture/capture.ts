import { type CaptureReport, type CaptureTarget, type ChangeCapture, SynclineError } from "@syncline/core/spi";
import type { Connections, RunStatement } from "../connections.ts";
import type { PgClient } from "../driver.ts";
import { sqlStateOf, translateError } from "../errors.ts";
import { tableFacts } from "../source/table-facts.ts";
import { quotedTable, type TableName, tableNameOf } from "../source/table-name.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { beginAsking, beginOwn, noLimits } from "../sql/transaction-step.ts";
import { captureFacts } from "./capture-facts.ts";
import { categoryMark } from "./capture-function.ts";
import { captureKey } from "./capture-key.ts";
import { type CapturePlan, installPlan, removePlan } from "./capture-plan.ts";
import { uncaptured } from "./uncaptured.ts";

/**
 * A trigger waits for whoever writes to its table, and all others wait behind it: not for longer
 * than this.
 */
const lockTimeoutMs = 5_000;

interface Transaction {
  readonly run: RunStatement;
  readonly execute: (text: string) => Promise<unknown>;
}

/** `schemaName`: where Syncline's tables are. */
export function captureWith(connections: Connections, schemaName: string): ChangeCapture {
  const schema = quoteIdentifier(schemaName);
  const turn = `SELECT pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`syncline.capture:${schemaName}`)}, 0))`;

  async function installed({ run }: Transaction, target: CaptureTarget, named: TableName): Promise<Looked> {
    const table = await tableFacts(run, named);
    const facts = await captureFacts(run, schemaName, categoryMark(target.category.name));
    if (facts.owner === null) throw notMigrated(schemaName);
    const { key, found } = captureKey(target, { named, table, functions: facts.functions, schemaName });
    const plan = installPlan(schema, facts, found, key);
    return { plan, uncaptured: await uncaptured(run, found, key, facts.owner) };
  }

  async function removed({ run }: Transaction, { category }: CaptureTarget, named: TableName): Promise<Looked> {
    const facts = await captureFacts(run, schemaName, categoryMark(category.name));
    const key = { category: category.name, table: quotedTable(named) };
    return { plan: removePlan(schema, facts, await tableFacts(run, named), key), uncaptured: [] };
  }

  const changing = (look: typeof installed) => async (target: CaptureTarget, signal: AbortSignal) => {
    const named = nameOf(target);
    const begin = `${beginOwn}; ${noLimits}; SET LOCAL lock_timeout = ${lockTimeoutMs}`;
    return await inTransaction(connections, begin, named, signal, async (transaction) => {
      await transaction.execute(turn);
      const { statements } = (await look(transaction, target, named)).plan;
      for (const statement of statements) await transaction.execute(statement);
      return { ...reportOf(target, named, await look(transaction, target, named)), statements };
    });
  };

  return {
    install: changing(installed),
    remove: changing(removed),
    show: async (target, signal) => {
      const named = nameOf(target);
      return await inTransaction(connections, beginAsking, named, signal, async (transaction) =>
        reportOf(target, named, await installed(transaction, target, named)),
      );
    },
  };
}

interface Looked {
  readonly plan: CapturePlan;
  readonly uncaptured: readonly string[];
}

function reportOf({ category }: CaptureTarget, named: TableName, { plan, uncaptured }: Looked): CaptureReport {
  const { triggers, drift, statements } = plan;
  return {
    category: category.name,
    table: quotedTable(named),
    state: triggers.length === 0 ? "absent" : drift.length > 0 ? "drifted" : "installed",
    triggers: triggers.map(({ name, table }) => ({ name, table: quotedTable(table) })),
    drift,
    uncaptured,
    statements,
  };
}

function nameOf({ source }: CaptureTarget): TableName {
  const named = tableNameOf(source.table);
  if (typeof named !== "string") return named;
  throw new SynclineError("config.invalid", "The source cannot be captured.", {
    problems: [{ at: "source.table", message: `${JSON.stringify(source.table)} ${named}.` }],
  });
}

function notMigrated(schemaName: string): SynclineError {
  return new SynclineError("database.schema", `There are no tables in the schema "${schemaName}". Run migrate().`);
}

/** In the extended protocol, and not prepared: each text is run once. */
async function inTransaction<Result>(
  connections: Connections,
  begin: string,
  table: TableName,
  signal: AbortSignal,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await connections.withClient(async (client) => {
      await client.query(begin);
      try {
        const result = await work(transactionOn(client));
        const end = await client.query("COMMIT");
        if (end.command !== "COMMIT") throw new SynclineError("database.failed", "The transaction was rolled back.");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    }, signal);
  } catch (error) {
    if (sqlStateOf(error) !== "42501") throw translateError(error);
    const { message } = translateError(error);
    throw new SynclineError(
      "database.failed",
      `${message} To capture ${quotedTable(table)}, a login needs TRIGGER on it, and to be a member of the owner of Syncline's ` +
        "tables. The `statements` of capture.show() are for whoever is both.",
      { cause: error },
    );
  }
}

function transactionOn(client: PgClient): Transaction {
  return {
    run: async ({ text }, values) => (await client.query({ text, values, rowMode: "array" })).rows as never,
    execute: (text) => client.query(text),
  };
}
