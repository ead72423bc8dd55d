import { createQueryComposer } from "@syncline/core";
import { type CategoryFields, category, type SourcedCategory } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { mariadb } from "../adapter.ts";
import { testServer } from "../testing/server.ts";
import { connect, never, silent, uniqueName } from "../testing/session.ts";

const server = await testServer();
const limits = { timeoutMs: 30_000, maxRows: 100, numbers: "string" } as const;

describe.skipIf(server === undefined)("sources on a live MariaDB", async () => {
  if (server === undefined) return;
  const shop = uniqueName("source");
  const admin = await connect(server);
  await admin.query(`CREATE DATABASE ${shop}`);
  const { dialect, ...adapter } = mariadb({ config: { ...server }, max: 2 });
  const { sources, queryRunner } = adapter.open({ log: silent });
  const composer = createQueryComposer(dialect);

  const sourced = (fields: CategoryFields, table: string): SourcedCategory => {
    const source = { table: `${shop}.${table}` };
    return { ...category("thing", fields, source), source };
  };
  /** Of each key: whether the source says that it has a row. */
  const present = async (
    fields: CategoryFields,
    table: string,
    keys: readonly { readonly [field: string]: string }[],
  ) => {
    const wanted = sourced(fields, table);
    expect(await sources?.check(wanted, never)).toEqual([]);
    const query = (await sources?.presence?.(wanted, never)) ?? expect.fail("nothing proves it");
    const strategy = { ...testStrategy({ category: { name: "thing", fields } }), query };
    expect(composer.check(strategy)).toEqual([]);
    const probe = composer.probe?.(strategy) ?? expect.fail("there is no probe");
    expect((await queryRunner.describe?.(probe, never))?.problems).toEqual([]);
    const [read] = await queryRunner.run(composer.compose(strategy, keys).statements, limits, never);
    return read?.rows.map(([, isThere]) => isThere !== null);
  };

  test.each([
    ["bigint", "BIGINT", ["7", "8"]],
    ["decimal", "DECIMAL(10, 4)", ["1.5", "1.6"]],
    ["string", "VARCHAR(20) COLLATE utf8mb4_bin", ["a", "A"]],
    ["date", "DATE", ["2026-01-05", "2026-01-06"]],
    ["timestamp", "TIMESTAMP(6)", ["2026-01-05T10:00:00.5Z", "2026-01-05T10:00:00Z"]],
    ["timestamp", "DATETIME(3)", ["2026-01-05T10:00:00.5Z", "2026-01-05T10:00:00Z"]],
  ] as const)("a row is present by its key of type %s, and no other: %s", async (type, column, [own, other]) => {
    const table = uniqueName("t");
    await admin.query(`CREATE TABLE ${shop}.${table} (k ${column}, n INT, PRIMARY KEY (k, n))`);
    await admin.query("SET time_zone = '+00:00'");
    const written = own.replace(/T(.*)Z/, " $1");
    await admin.query(`INSERT INTO ${shop}.${table} VALUES (?, 1), (?, 2)`, [written, written]);
    expect(await present({ k: type }, table, [{ k: own }, { k: other }])).toEqual([true, false]);
  });

  test("what may hide rows proves nothing, and a table with its history does", async () => {
    await admin.query(`CREATE TABLE ${shop}.plain (id INT PRIMARY KEY)`);
    await admin.query(`CREATE VIEW ${shop}.shown AS SELECT id FROM ${shop}.plain WHERE id > 3`);
    await admin.query(`CREATE TABLE ${shop}.merged (id INT NOT NULL) ENGINE=MERGE UNION=()`);
    await admin.query(`CREATE TABLE ${shop}.versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING`);
    await admin.query(`INSERT INTO ${shop}.versioned VALUES (1), (2)`);
    await admin.query(`DELETE FROM ${shop}.versioned WHERE id = 2`);
    for (const table of ["shown", "merged"])
      expect(await sources?.presence?.(sourced({ id: "integer" }, table), never), table).toBeUndefined();
    expect(await present({ id: "bigint" }, "versioned", [{ id: "1" }, { id: "2" }])).toEqual([true, false]);
    await expect(sources?.presence?.(sourced({ id: "uuid" }, "plain"), never)).rejects.toMatchObject({
      code: "config.invalid",
      problems: [{ at: "fields.id" }],
    });
  });
});
