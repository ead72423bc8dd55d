import { type CaptureParts, type CapturePlan, createChangeCapture } from "@syncline/core/adapter-kit";
import { type CaptureTarget, type ChangeCapture, SynclineError } from "@syncline/core/spi";
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
import { installPlan, removePlan } from "./capture-plan.ts";
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

type Looks = (transaction: Transaction, target: CaptureTarget, named: TableName) => Promise<CapturePlan>;

/** `schemaName`: where Syncline's tables are. */
export function captureWith(connections: Connections, schemaName: string): ChangeCapture {
  const schema = quoteIdentifier(schemaName);
  const turn = `SELECT pg_advisory_xact_lock(hashtextextended(${quoteLiteral(`syncline.capture:${schemaName}`)}, 0))`;

  const installed: Looks = async ({ run }, target, named) => {
    const table = await tableFacts(run, named);
    const facts = await captureFacts(run, schemaName, categoryMark(target.category.name));
    if (facts.owner === null) throw notMigrated(schemaName);
    const key = captureKey(target, { named, table, functions: facts.functions, schemaName });
    return { ...installPlan(schema, facts, key), uncaptured: await uncaptured(run, key, facts.owner) };
  };

  const removed: Looks = async ({ run }, { category }, named) => {
    const facts = await captureFacts(run, schemaName, categoryMark(category.name));
    const key = { category: category.name, table: quotedTable(named) };
    return { ...removePlan(schema, facts, await tableFacts(run, named), key), uncaptured: [] };
  };

  const changing =
    (look: Looks): CaptureParts<TableName>["install"] =>
    (target, named, signal) => {
      const begin = `${beginOwn}; ${noLimits}; SET LOCAL lock_timeout = ${lockTimeoutMs}`;
      return inTransaction(connections, begin, named, signal, async (transaction) => {
        await transaction.execute(turn);
        const { statements } = await look(transaction, target, named);
        for (const statement of statements) await transaction.execute(statement);
        return { done: statements, plan: await look(transaction, target, named) };
      });
    };

  return createChangeCapture({
    ...{ tableNameOf, quotedTable },
    install: changing(installed),
    remove: changing(removed),
    show: (target, named, signal) =>
      inTransaction(connections, beginAsking, named, signal, (transaction) => installed(transaction, target, named)),
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
