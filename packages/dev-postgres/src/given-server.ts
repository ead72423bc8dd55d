import { Client } from "pg";
import { createDatabase, dropDatabase } from "./databases.ts";
import type { PostgresServer } from "./options.ts";

/** A server that runs already. `source` says who named it: `DATABASE_URL`, or `the url option`. */
export async function useGivenServer(url: string, source: string): Promise<PostgresServer> {
  const shown = withoutPassword(url, source);
  const version = await versionOf(url, `${source} (${shown})`);
  const nothing = async (): Promise<void> => {};
  return {
    kind: "url",
    multiSession: true,
    description: `PostgreSQL ${version} at ${shown}, as ${source} says`,
    url,
    psql: `psql ${shown}`,
    createDatabase: (name) => createDatabase(url, name),
    dropDatabase: (database) => dropDatabase(url, database),
    stop: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

function withoutPassword(url: string, source: string): string {
  if (!URL.canParse(url)) {
    throw new Error(`${source} is no URL. It has the form postgres://user:password@host:5432/database.`);
  }
  const shown = new URL(url);
  shown.password = "";
  shown.searchParams.delete("password");
  return shown.href;
}

async function versionOf(url: string, name: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version ?? "of unknown version";
  } catch (cause) {
    throw new Error(`No session could be opened on ${name}: ${messageOf(cause)}`, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
}
