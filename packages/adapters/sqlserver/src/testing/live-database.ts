import sql from "mssql";
import { parseSource, type SqlServerConfig } from "../connection-source.ts";

/** A database for the live suite. */
export interface LiveDatabase {
  /** For people: how it reads where nothing else is said. */
  readonly name: string;
  readonly config: SqlServerConfig;
  /** What the tests do by hand. */
  readonly pool: sql.ConnectionPool;
  close(): Promise<void>;
}

/**
 * Of a URL that names a database, that one. Otherwise two new ones, which are dropped at the end: the adapter promises the same
 * whether reads lock (SQL Server's default) or see row versions (READ_COMMITTED_SNAPSHOT, Azure's default).
 */
export async function liveDatabases(url: string): Promise<readonly LiveDatabase[]> {
  const config = parseSource(url);
  if (config.database !== undefined) return [await connect("the database of the URL", config, async () => {})];
  const run = Math.random().toString(36).slice(2, 8);
  return [
    await createDatabase(config, `syncline_check_${run}_locking`, "READ COMMITTED with locks", "OFF"),
    await createDatabase(config, `syncline_check_${run}_versions`, "READ_COMMITTED_SNAPSHOT", "ON"),
  ];
}

async function createDatabase(
  config: SqlServerConfig,
  database: string,
  name: string,
  versions: "ON" | "OFF",
): Promise<LiveDatabase> {
  await asAdministrator(config, [
    `CREATE DATABASE [${database}]`,
    `ALTER DATABASE [${database}] SET ALLOW_SNAPSHOT_ISOLATION ON`,
    `ALTER DATABASE [${database}] SET READ_COMMITTED_SNAPSHOT ${versions} WITH ROLLBACK IMMEDIATE`,
  ]);
  return connect(name, { ...config, database }, () =>
    asAdministrator(config, [
      `ALTER DATABASE [${database}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE`,
      `DROP DATABASE [${database}]`,
    ]),
  );
}

async function connect(name: string, config: SqlServerConfig, drop: () => Promise<void>): Promise<LiveDatabase> {
  const pool = new sql.ConnectionPool({ ...config, pool: { max: 20 } });
  pool.on("error", () => {});
  await pool.connect();
  return {
    name,
    config,
    pool,
    close: async () => {
      await pool.close();
      await drop();
    },
  };
}

async function asAdministrator(config: SqlServerConfig, statements: readonly string[]): Promise<void> {
  const pool = await new sql.ConnectionPool({ ...config, database: "master" }).connect();
  try {
    for (const statement of statements) await pool.batch(statement);
  } finally {
    await pool.close();
  }
}
