import type { Logger } from "@syncline/core/spi";
import { type Connection, createConnection } from "mariadb";
import { afterAll } from "vitest";
import type { TestServer } from "./server.ts";

export const never = new AbortController().signal;

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function urlOf({ host, port, user, password }: TestServer): string {
  return `mariadb://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
}

let count = 0;

/** No other test file has it. */
export function uniqueName(what: string): string {
  return `${what}_${process.pid}_${Date.now().toString(36)}_${++count}`;
}

/** A connection of a test's own, as an application has it; closed after the file's tests. */
export async function connect(server: TestServer, database?: string): Promise<Connection> {
  const connection = await createConnection({
    ...server,
    ...(database === undefined ? {} : { database }),
    rowsAsArray: true,
  });
  connection.on("error", () => {});
  afterAll(() => connection.end().catch(() => {}));
  return connection;
}
