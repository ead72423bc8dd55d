import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Client, escapeIdentifier } from "pg";

// Other names would need escapes that URL parsers of database drivers do not agree on.
const allowedName = /^\w+$/;

/** Creates an empty database on the server of `url` and returns its URL. */
export async function createDatabase(url: string, name: string = randomName()): Promise<string> {
  if (!allowedName.test(name)) {
    throw new Error(`"${name}" cannot name a database here: letters, digits and underscores only.`);
  }
  // template0, because template1 cannot be copied while anybody is connected to it.
  await connected(url, (client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`));
  return withDatabase(url, name);
}

/** Pools say that they have ended when they have asked their connections to: so long the server may take to see it. */
const goodbyeMs = 1_000;

/** Drops the database that `url` names, by way of the server's database `maintenance`. Who is still connected is cut off. */
export async function dropDatabase(maintenance: string, url: string): Promise<void> {
  const name = databaseOf(url);
  await connected(maintenance, async (client) => {
    const giveUpAt = performance.now() + goodbyeMs;
    while ((await sessionsOf(client, name)) > 0 && performance.now() < giveUpAt) await delay(10);
    await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function sessionsOf(client: Client, name: string): Promise<number> {
  const { rows } = await client.query<{ readonly sessions: number }>(
    "SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE datname = $1",
    [name],
  );
  return rows[0]?.sessions ?? 0;
}

async function connected(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function randomName(): string {
  return `syncline_${randomBytes(6).toString("hex")}`;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
