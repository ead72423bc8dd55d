import sql from "mssql";
import { describe, expect, test } from "vitest";
import { sqlserver } from "./adapter.ts";
import { parseSource } from "./connection-source.ts";
import { resolveOptions, type SqlServerOptions } from "./options.ts";

const server = { server: "127.0.0.1", port: 1 };

function problemsOf(options: unknown): readonly { readonly at: string; readonly message: string }[] {
  try {
    sqlserver(options as SqlServerOptions);
  } catch (error) {
    expect(error).toMatchObject({ code: "config.invalid" });
    return (error as { readonly problems: readonly { readonly at: string; readonly message: string }[] }).problems;
  }
  return [];
}

describe("sqlserver()", () => {
  test("connects to nothing, and declares what it can", () => {
    const capabilities = {
      multipleWorkers: true,
      strategyTable: true,
      changeSignal: false,
      snapshotReads: true,
      strandedWork: true,
      sources: true,
      audit: true,
      definitions: true,
      strategyHistory: true,
    };
    expect(sqlserver({ config: server })).toMatchObject({ specVersion: 1, name: "sqlserver", capabilities });
    expect(sqlserver({ pool: new sql.ConnectionPool(server) }).capabilities).toEqual(capabilities);
    expect(sqlserver({ config: server, snapshotReads: false }).capabilities.snapshotReads).toBe(false);
  });

  test("names everything that is wrong at once", () => {
    const problems = problemsOf({
      conectionString: "mssql://x",
      schema: "a]b",
      max: 0,
      snapshotReads: "yes",
      statementTimeoutMs: 1.5,
      query: { connectionString: "mssql://x", pool: {}, role: 5 },
    });
    expect(problems.map(({ at }) => at).sort()).toEqual([
      "sqlserver.conectionString",
      "sqlserver.connectionString",
      "sqlserver.max",
      "sqlserver.query.pool",
      "sqlserver.query.pool",
      "sqlserver.query.role",
      "sqlserver.schema",
      "sqlserver.snapshotReads",
      "sqlserver.statementTimeoutMs",
    ]);
  });

  test.each<[string, unknown, string]>([
    ["no connection", {}, "sqlserver.connectionString"],
    ["an environment variable that is not set", { connectionString: undefined }, "sqlserver.connectionString"],
    ["an empty one", { connectionString: "" }, "sqlserver.connectionString"],
    ["a URL and a pool", { connectionString: "mssql://x", pool: new sql.ConnectionPool(server) }, "sqlserver.pool"],
    ["a URL and a config", { connectionString: "mssql://x", config: server }, "sqlserver.config"],
    ["a config without a server", { config: {} }, "sqlserver.config"],
    ["a pool that is none", { pool: {} }, "sqlserver.pool"],
    ["a system schema", { config: server, schema: "sys" }, "sqlserver.schema"],
    ["a query source that names none", { config: server, query: {} }, "sqlserver.query.connectionString"],
    ["times of this machine's zone", { config: { ...server, options: { useUTC: false } } }, "sqlserver.config"],
    [
      "transactions that begin by themselves",
      { pool: new sql.ConnectionPool({ ...server, options: { enableImplicitTransactions: true } as object }) },
      "sqlserver.pool",
    ],
    [
      "columns that refuse NULL",
      { config: { ...server, options: { enableAnsiNullDefault: false } } },
      "sqlserver.config",
    ],
    [
      "quotes for texts",
      { pool: new sql.ConnectionPool({ ...server, options: { enableQuotedIdentifier: false } as object }) },
      "sqlserver.pool",
    ],
    ["nothing at all", undefined, "sqlserver"],
  ])("refuses %s", (_, options, at) => {
    expect(problemsOf(options).map((problem) => problem.at)).toEqual([at]);
  });

  test("never repeats a secret", () => {
    for (const connectionString of ["mssql://user:hunter2@ho st/db", "Password=hunter2", "mssql://u:hunter2@h/d?x=1"]) {
      const problems = problemsOf({ connectionString });
      expect(problems).toHaveLength(1);
      expect(JSON.stringify(problems)).not.toContain("hunter2");
    }
  });
});

describe("a connection string", () => {
  test("may be a URL, whose parts are percent-encoded", () => {
    const url = "mssql://us%40er:p%2Fw%3A@db.example:14330/shop?encrypt=true&trustServerCertificate=false&appName=x";
    expect(parseSource(url)).toEqual({
      server: "db.example",
      port: 14330,
      user: "us@er",
      password: "p/w:",
      database: "shop",
      options: { encrypt: true, trustServerCertificate: false, appName: "x" },
    });
    expect(parseSource("sqlserver://localhost")).toEqual({ server: "localhost", options: {} });
  });

  test("may be an ADO string", () => {
    const text = "Server=tcp:db.example,14330;Database=shop;User Id=sa;Password=p;w;Encrypt=true".replace("p;w", "pw");
    expect(parseSource(text)).toMatchObject({ server: "db.example", port: 14330, database: "shop", user: "sa" });
  });

  test("may hold nothing that is not understood", () => {
    expect(() => parseSource("mssql://h/d?encrypt=maybe")).toThrow(/"encrypt=maybe" is not understood/);
    expect(() => parseSource("mssql://h/d?poolSize=3")).toThrow(/there are encrypt/);
    expect(() => parseSource("Database=shop")).toThrow(/names no Server/);
  });
});

describe("a secondary replica", () => {
  const url = "mssql://u:p@host/db?readOnlyIntent=true";

  test.each([{ connectionString: url }, { config: { server: "host", options: { readOnlyIntent: true } } }])(
    "is asked for by its intent, and refused (%o)",
    (source) => {
      for (const options of [source, { connectionString: "mssql://u:p@host/db", query: source }])
        expect(() => resolveOptions(options)).toThrow(
          expect.objectContaining({
            problems: [expect.objectContaining({ message: expect.stringContaining("mayLag") })],
          }),
        );
    },
  );

  test("is read where that is accepted", () => {
    const options = { connectionString: "mssql://u:p@host/db", query: { connectionString: url, mayLag: true } };
    expect(resolveOptions(options).query?.mayLag).toBe(true);
  });
});
