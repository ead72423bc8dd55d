import type { PgClient } from "../driver.ts";
import { serverMark } from "./end-reads.ts";
import { closesIdle } from "./own-settings.ts";
import { askingAlone } from "./transaction-step.ts";

/** What a connection's login finds at its server. */
export interface ServerFacts {
  readonly randomPageCost: number;
  /** Not known before PostgreSQL 17. */
  readonly hasTransactionTimeout: boolean;
  /** Digits behind the point of `money`, as of the session's locale. */
  readonly moneyDigits: number;
  /** Whether it ends sessions that have nothing to do. */
  readonly closesIdle: boolean;
  /** Shared by no two running servers. */
  readonly server: string;
  /** The process at the server; behind a pooler, the one of that moment. */
  readonly pid: number;
}

const text = `SELECT pg_catalog.current_setting('random_page_cost'), pg_catalog.current_setting('transaction_timeout', true),
       ${serverMark}, pg_catalog.pg_backend_pid(), pg_catalog.scale(1::pg_catalog.money::pg_catalog.numeric),
       ${closesIdle}`;
const known = new WeakMap<PgClient, ServerFacts>();

/** Asked once for each connection. */
export async function askServerFacts(client: PgClient): Promise<ServerFacts> {
  const before = known.get(client);
  if (before !== undefined) return before;
  // The driver answers several statements with several results.
  const results = [await client.query({ text: askingAlone(text), rowMode: "array" })].flat();
  const rows = results.find(({ command }) => command === "SELECT")?.rows ?? [];
  const [cost, transactionTimeout, server, pid, moneyDigits, isIdleClosed] =
    (rows as readonly (readonly unknown[])[])[0] ?? [];
  const facts = {
    randomPageCost: Number(cost),
    hasTransactionTimeout: typeof transactionTimeout === "string",
    closesIdle: isIdleClosed === true,
    server: String(server),
    pid: Number(pid),
    moneyDigits: Number(moneyDigits),
  };
  known.set(client, facts);
  return facts;
}
