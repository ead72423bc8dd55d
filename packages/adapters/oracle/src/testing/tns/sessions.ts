import oracledb from "oracledb";
import type { TnsHandler, TnsReply } from "./call.ts";
import { startTnsServer, type TnsServer } from "./server.ts";

/** What a test has opened and must close: see `closeAll`. */
export const opened: { close(): Promise<unknown> }[] = [];

/** After each test; fails where the double did. */
export async function closeAll(): Promise<void> {
  for (const each of opened.splice(0).reverse()) await each.close();
}

export async function startServer(handler?: TnsHandler): Promise<TnsServer> {
  const server = await startTnsServer(handler);
  opened.push(server);
  return server;
}

export async function connect({ config }: TnsServer): Promise<oracledb.Connection> {
  const connection = await oracledb.getConnection(config);
  opened.push({ close: () => connection.close().catch(() => {}) });
  return connection;
}

/** An answer to a query, where it does not matter which. */
export const one: TnsReply = { columns: [{ name: "N", type: "NUMBER(10)" }], rows: [[1]] };
