import type { DatabaseAdapter, DatabaseSession, Logger } from "@syncline/core/spi";
import sql from "mssql";
import { afterEach } from "vitest";
import { sqlserver } from "../../adapter.ts";
import type { SqlServerOptions } from "../../options.ts";
import type { SqlServerTransaction } from "../../recorder.ts";
import { everyStatement } from "../statement-registry.ts";
import type { TdsAnswer, TdsCall, TdsHandler } from "../tds/call.ts";
import { startTdsServer, type TdsServer } from "../tds/server.ts";

export const never = new AbortController().signal;

/** The adapter on the unmodified driver, and the double behind it. */
export interface WireSession {
  readonly server: TdsServer;
  readonly adapter: DatabaseAdapter<SqlServerTransaction>;
  readonly session: DatabaseSession;
  /** What the adapter has warned of. */
  readonly warnings: readonly string[];
}

type Answers = { readonly [statement: string]: TdsAnswer | TdsHandler };

const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Closed after the test, servers before their clients: whatever a failed test has left open ends with its connection. */
export function closeAfterTest<Closable extends { close(): Promise<unknown> }>(closable: Closable): Closable {
  open.push(closable);
  return closable;
}

/** Without its examples of reads, whose text depends on how many statements are read. */
const statements = everyStatement("syncline").filter(({ name }) => !name.startsWith("read-"));

/** The registry's name of what was sent, or `begin`, `commit`, `rollback`; `undefined` for what the adapter never says. */
export function nameOf({ kind, sql: text }: TdsCall): string | undefined {
  if (kind !== "query" && kind !== "batch") return kind;
  return statements.find((statement) => statement.text === text)?.name;
}

export function namesOf(server: TdsServer): readonly (string | undefined)[] {
  return server.calls.map(nameOf);
}

/** Answers by the names of statements; `query` stands for those of strategies. What has no answer has no rows. */
export function answering(answers: Answers): TdsHandler {
  return (call) => {
    const answer = answers[nameOf(call) ?? "query"];
    return typeof answer === "function" ? answer(call) : answer;
  };
}

export async function wireSession(
  answers: Answers = {},
  options: Partial<SqlServerOptions> = {},
): Promise<WireSession> {
  const server = closeAfterTest(await startTdsServer(answering(answers)));
  const adapter = sqlserver({ config: server.config, ...options });
  const warnings: string[] = [];
  const session = closeAfterTest(adapter.open({ log: keeping(warnings) }));
  return { server, adapter, session, warnings };
}

/** A pool of the application's own. */
export async function applicationPool({ config }: TdsServer): Promise<sql.ConnectionPool> {
  const pool = closeAfterTest(new sql.ConnectionPool({ ...config, validateConnection: "socket" } as sql.config));
  pool.on("error", () => {});
  await pool.connect();
  return pool;
}

function keeping(warnings: string[]): Logger {
  return { debug: () => {}, info: () => {}, error: () => {}, warn: (_fields, message) => void warnings.push(message) };
}
