import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";

// Other names would need escapes that URL parsers of database drivers do not agree on.
const allowedName = /^\w+$/;

/** Creates an empty database on the server of `url` and returns its URL. */
export async function createDatabase(url: string, name: string = randomName()): Promise<string> {
  if (!allowedName.test(name)) {
    throw new Error(`"${name}" cannot name a database here: letters, digits and underscores only.`);
  }
  // template0, because template1 cannot be copied while anybody is connected to it.
  await execute(url, `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
  return withDatabase(url, name);
}

/** Drops the database that `url` names, by way of the server's database `maintenance`. */
export async function dropDatabase(maintenance: string, url: string): Promise<void> {
  await execute(maintenance, `DROP DATABASE IF EXISTS ${escapeIdentifier(databaseOf(url))} WITH (FORCE)`);
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(statement);
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
