import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownPostgres } from "./dev-postgres.ts";
import { embeddedBinaries } from "./embedded.ts";
import { installedBinaries } from "./installed.ts";
import type { OwnPostgresServer } from "./options.ts";

const available = { installed: (await installedBinaries()) !== undefined, embedded: embeddedBinaries() !== undefined };

describe.each(["installed", "embedded"] as const)("a server from %s binaries", (kind) => {
  if (!available[kind]) console.log(`skipped: a server from ${kind} binaries: this machine has none`);
  describe.skipIf(!available[kind])("(where there are some)", () => {
    let server: OwnPostgresServer;
    beforeAll(async () => {
      server = await ownPostgres({ prefer: kind, settings: { log_statement: "all" } });
    });
    afterAll(() => server.stop());

    it("says what it is", () => {
      expect(server).toMatchObject({ kind, multiSession: true });
      expect(server.description).toMatch(/^PostgreSQL \d+/);
    });

    it("lets nobody in without its password, which is another for each server", async () => {
      const known = new URL(server.url);
      expect(known.password).toMatch(/^[0-9a-f]{36}$/);
      for (const password of ["", "postgres", "wrong"]) {
        known.password = password;
        await expect(ask(known.href, "SELECT 1")).rejects.toThrow(/password/);
      }
      const rules = "SELECT count(*)::int FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'";
      expect(await ask(server.url, rules)).toBe(0);
      await using other = await ownPostgres({ prefer: kind });
      expect(new URL(other.url).password).not.toBe(new URL(server.url).password);
    });

    it("shows its password in no argument of a process, no file that others may read, and no log", async () => {
      const { password } = new URL(server.url);
      let isMade = false;
      const replica = (server.canReplicate ? server.startReplica() : Promise.resolve(undefined)).finally(() => {
        isMade = true;
      });
      do {
        const seen = process.platform === "win32" ? "" : execFileSync("ps", ["-ewwo", "args"], { encoding: "utf8" });
        expect(seen).not.toContain(password);
        await new Promise((resolve) => setTimeout(resolve, 5));
      } while (!isMade);
      expect(server.description + server.log()).not.toContain(password);
      const folder = dirname(String(await ask(server.url, "SHOW data_directory")));
      expect((statSync(folder).mode & 0o077).toString(8)).toBe("0");
      expect(readdirSync(folder)).not.toContain("password");
      await (await replica)?.stop();
    });

    it("shows how to open a session", () => {
      const { password, port } = new URL(server.url);
      expect(server.psql).toBe(`PGPASSWORD=${password} psql postgres://postgres@127.0.0.1:${port}/postgres`);
    });

    it("listens on the loopback interface only", async () => {
      expect(await ask(server.url, "SHOW listen_addresses")).toBe("127.0.0.1");
      expect(await ask(server.url, "SHOW unix_socket_directories")).toBe("");
    });

    it("serves sessions that do not see each other's open transactions", async () => {
      const url = await server.createDatabase();
      await ask(url, "CREATE TABLE note (text text)");
      const writer = await connect(url);
      await writer.query("BEGIN");
      await writer.query("INSERT INTO note VALUES ('x')");
      expect(await ask(url, "SELECT count(*)::int FROM note")).toBe(0);
      await writer.query("COMMIT");
      expect(await ask(url, "SELECT count(*)::int FROM note")).toBe(1);
      await writer.end();
    });

    it("creates databases by name, and drops them with whoever is connected", async () => {
      const url = await server.createDatabase("Orders_1");
      const client = await connect(url);
      expect(await ask(url, "SELECT current_database()")).toBe("Orders_1");
      await server.dropDatabase(url);
      await expect(client.query("SELECT 1")).rejects.toThrow();
      await expect(ask(url, "SELECT 1")).rejects.toMatchObject({ code: "3D000" });
    });

    it("refuses a name that a URL would have to escape", async () => {
      await expect(server.createDatabase("a/b")).rejects.toThrow('"a/b" cannot name a database');
    });

    it("creates databases for several callers at once", async () => {
      const urls = await Promise.all(Array.from({ length: 4 }, () => server.createDatabase()));
      expect(new Set(urls).size).toBe(4);
    });

    it.each(["fast", "immediate"] as const)(
      "has every commit on the same address after a stop that is %s",
      async (mode) => {
        const url = await server.createDatabase();
        await ask(url, "CREATE TABLE note (text text)");
        await ask(url, "INSERT INTO note VALUES ('kept')");
        await server.stop({ mode, keepData: true });
        await expect(ask(url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
        await server.start();
        expect(await ask(url, "SELECT text FROM note")).toBe("kept");
      },
    );

    it("says whether it can be replicated", () => {
      expect(server.canReplicate).toBe(kind === "installed");
    });

    it.runIf(kind === "installed")("has replicas that follow it, and can be promoted", async () => {
      const url = await server.createDatabase();
      await ask(url, "CREATE TABLE note (text text)");
      await using replica = await server.startReplica({ settings: { hot_standby_feedback: "on" } });
      const there = new URL(url);
      there.port = new URL(replica.url).port;
      expect(await ask(there.href, "SELECT pg_is_in_recovery()")).toBe(true);
      expect(await ask(there.href, "SHOW hot_standby_feedback")).toBe("on");
      await ask(url, "INSERT INTO note VALUES ('copied')");
      await expect.poll(() => ask(there.href, "SELECT text FROM note"), { timeout: 30_000 }).toBe("copied");
      expect(await ask(there.href, "SELECT pg_promote()")).toBe(true);
      await ask(there.href, "INSERT INTO note VALUES ('its own')");
      expect(await ask(url, "SELECT count(*)::int FROM note")).toBe(1);
    });

    it("shows its log", async () => {
      await ask(server.url, "SELECT 'find me'");
      expect(server.log()).toContain("SELECT 'find me'");
    });
  });
});

describe("a server's end", () => {
  it("leaves no data, and cannot be undone", async () => {
    const server = await ownPostgres();
    const directory = String(await ask(server.url, "SHOW data_directory"));
    expect(existsSync(directory)).toBe(true);
    await server.stop();
    await server.stop();
    expect(existsSync(directory)).toBe(false);
    await expect(server.start()).rejects.toThrow("keepData");
  });

  it("comes with the end of its scope", async () => {
    let url = "";
    {
      await using server = await ownPostgres();
      url = server.url;
    }
    await expect(ask(url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("durability", () => {
  it("keeps commits against a crash of the server only, unless asked for more", async () => {
    await using server = await ownPostgres();
    expect(await ask(server.url, "SHOW fsync")).toBe("off");
    expect(await ask(server.url, "SHOW synchronous_commit")).toBe("on");
  });

  it("is PostgreSQL's own when asked for", async () => {
    await using server = await ownPostgres({ durable: true });
    expect(await ask(server.url, "SHOW fsync")).toBe("on");
    expect(await ask(server.url, "SHOW full_page_writes")).toBe("on");
  });
});

it("says what the server said when a setting is wrong", async () => {
  await expect(ownPostgres({ settings: { max_connections: "many" } })).rejects.toThrow(/max_connections/);
});

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    // pg leaves the socket open where it refuses to log in itself. The server then waits for a
    // password for a minute, and every DROP DATABASE for that session.
    await client.end();
    throw error;
  }
  return client;
}

async function ask(url: string, statement: string): Promise<unknown> {
  const client = await connect(url);
  try {
    const { rows } = await client.query<unknown[]>({ text: statement, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}
