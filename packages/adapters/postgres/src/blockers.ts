import type { Blockers, BlockingSession, Poller } from "@syncline/core/spi";
import { isSynclineError } from "@syncline/core/spi";
import type { Connections, TextRow } from "./connections.ts";
import { sqlStateOf } from "./errors.ts";
import { blockingSessions, dispatcherHolder, holderPatience, sharedHolders } from "./sql/blockers.ts";
import { ownStatement } from "./sql/statement.ts";

/**
 * `connections` are kept for this: those of the work may all be waiting. `schema` is `schemaName`,
 * quoted.
 */
export function blockersWith(
  connections: Connections,
  schema: string,
  schemaName: string,
): NonNullable<Poller["blockers"]> {
  const statements = {
    patience: ownStatement("holder_patience", holderPatience),
    holder: ownStatement("holder", dispatcherHolder(schema)),
    shared: ownStatement("shared_holders", sharedHolders),
    sessions: ownStatement("blockers", blockingSessions),
  };

  async function holders(signal: AbortSignal): Promise<readonly string[]> {
    const ask = connections.transaction(async (run) => {
      await run(statements.patience, []);
      return { result: texts(await run(statements.holder, [])), undo: true };
    }, signal);
    // Somebody holds the whole table: our statements wait for him.
    const [holder] = await ask.catch(noneIf("55P03"));
    if (holder === undefined || holder === "0") return [];
    const one = connections.run(statements.shared, [holder], signal);
    // "has not been created yet", "no longer exists": it is a transaction's own number and not a list's.
    return [holder, ...(await one.then(texts).catch(noneIf("22023", "XX000")))];
  }

  return async (signal) => {
    const given = [schemaName, await holders(signal), schema];
    const rows = await connections.run(statements.sessions, given, signal);
    return blockersOf(rows);
  };
}

function texts(rows: readonly TextRow[]): readonly string[] {
  return rows.flatMap(([text]) => text ?? []);
}

function noneIf(...states: readonly string[]): (error: unknown) => readonly string[] {
  return (error) => {
    if (isSynclineError(error) && states.includes(sqlStateOf(error.cause) ?? "")) return [];
    throw error;
  };
}

function blockersOf(rows: readonly TextRow[]): Blockers {
  const isHidden = rows.some((row) => row[8] === "true");
  const sessions = rows.map(sessionOf);
  if (!isHidden) return { sessions };
  const hidden =
    "Address, state and age of others' sessions are shown to members of pg_read_all_stats (or pg_monitor).";
  return { sessions, hidden };
}

function sessionOf([who, transaction, holds, role, application, address, state, since]: TextRow): BlockingSession {
  return {
    session: /^\d+$/.test(who ?? "") ? `pid ${who}` : `${who}`,
    transaction: transaction ?? "",
    ...given("holds", holds),
    ...given("role", role),
    ...given("application", application),
    ...given("address", address),
    ...given("state", state),
    ...(since === null || since === undefined ? {} : { since: Number(since) }),
  };
}

function given<Name extends string>(name: Name, value: string | null | undefined): { readonly [N in Name]?: string } {
  return (value === null || value === undefined || value === "" ? {} : { [name]: value }) as {
    readonly [N in Name]?: string;
  };
}
