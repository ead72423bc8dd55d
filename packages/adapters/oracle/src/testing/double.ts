import type { DatabaseSession } from "@syncline/core/spi";
import { oracle } from "../adapter.ts";
import { characterSet } from "../sql/migrating.ts";
import type { TnsAnswer, TnsCall, TnsReply } from "./tns/call.ts";
import { startTnsServer, type TnsServer } from "./tns/server.ts";

/** An adapter's session on the real driver, which talks to a double of the server. */
export interface DoubleSession extends AsyncDisposable {
  readonly server: TnsServer;
  readonly session: DatabaseSession;
  /** The statements that were run so far, without what prepares a connection. */
  statements(): readonly TnsCall[];
}

export async function sessionOnDouble(answer: (call: TnsCall) => TnsAnswer | undefined): Promise<DoubleSession> {
  const server = await startTnsServer((call) => (isPreparation(call) ? prepared(call) : answer(call)));
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const session = oracle({ ...server.config, max: 3, connectionTimeoutMillis: 5_000 }).open({ log: silent });
  return {
    server,
    session,
    statements: () => server.calls.filter((call) => call.kind === "execute" && !isPreparation(call)),
    [Symbol.asyncDispose]: async () => {
      await session.close();
      await server.close();
    },
  };
}

function isPreparation({ sql }: TnsCall): boolean {
  return sql.startsWith("ALTER SESSION SET NLS_COMP") || sql === characterSet.text;
}

function prepared({ isQuery }: TnsCall): TnsReply | undefined {
  return isQuery ? textRows(1, [["AL32UTF8"]]) : undefined;
}

/** Rows of texts, as all of our own statements have them. */
export function textRows(count: number, rows: readonly (readonly (string | null)[])[]): TnsReply {
  const columns = Array.from({ length: count }, (_, index) => ({ name: `C${index}`, type: "VARCHAR2(4000)" }));
  return { columns, rows };
}
