import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { devPostgres } from "./dev-postgres.ts";
import type {} from "./vitest.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a server given by URL", () => {
  it("is used as it is, and lives on after stop", async () => {
    const url = inject("postgresUrl");
    const server = await devPostgres({ url });
    await server.stop();
    const again = await devPostgres({ url });
    expect(again).toMatchObject({ kind: "url", multiSession: true, url });
  });

  it("is the one that DATABASE_URL names, before any other", async () => {
    vi.stubEnv("SYNCLINE_DEV_POSTGRES", "");
    vi.stubEnv("DATABASE_URL", inject("postgresUrl"));
    expect(await devPostgres()).toMatchObject({ kind: "url", description: expect.stringContaining("DATABASE_URL") });
  });

  it("shows its password to nobody", async () => {
    const url = inject("postgresUrl");
    const server = await devPostgres({ url });
    if (!server.multiSession) expect.unreachable();
    expect(`${server.description} ${server.psql}`).not.toContain(new URL(url).password || "no password");
  });

  it("must answer, and the refusal says which one did not", async () => {
    const refusal = devPostgres({ url: "postgres://someone:hunter2@127.0.0.1:1/nowhere" });
    await expect(refusal).rejects.toThrow(/the url option.*someone@127\.0\.0\.1:1\/nowhere.*ECONNREFUSED/);
    await expect(refusal).rejects.not.toThrow(/hunter2/);
  });

  it("must be a URL", async () => {
    await expect(devPostgres({ url: "localhost" })).rejects.toThrow("postgres://user:password@host:5432/database");
  });
});

describe("SYNCLINE_DEV_POSTGRES", () => {
  it("asks for one kind, whatever DATABASE_URL says: PGlite answers through a pool and says what it lacks", async () => {
    vi.stubEnv("DATABASE_URL", "postgres://127.0.0.1:1/nowhere");
    vi.stubEnv("SYNCLINE_DEV_POSTGRES", "pglite");
    const database = await devPostgres();
    if (database.multiSession) expect.unreachable();
    expect(database).toMatchObject({ kind: "pglite", description: expect.stringContaining("one session only") });
    const { rows } = await database.pool.query("SELECT 40 + $1::int AS answer", [2]);
    expect(rows).toEqual([{ answer: 42 }]);
    await database.stop();
    await database.stop();
    await expect(database.pool.query("SELECT 1")).rejects.toThrow();
  });

  it("is refused when it names no kind", async () => {
    vi.stubEnv("SYNCLINE_DEV_POSTGRES", "oracle");
    await expect(devPostgres()).rejects.toThrow("installed, embedded, pglite");
  });
});
