import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Questions, run } from "@syncline/cli";
import type { Pipeline } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
const root = mkdtempSync(join(import.meta.dirname, "init.local.d-"));
afterAll(async () => {
  rmSync(root, { recursive: true });
  await pool.end();
});

beforeAll(async () => {
  await pool.query(`CREATE SCHEMA shop;
    CREATE TABLE shop.orders (id bigint PRIMARY KEY, total numeric(9,2), customer_password text);
    CREATE TABLE shop."Order Lines" ("order" bigint, "No\`" int, "what \${is} \\ it" text, PRIMARY KEY ("order", "No\`"));
    CREATE TABLE shop.keyless (id bigint); CREATE VIEW shop.seen AS SELECT * FROM shop.orders;
    CREATE SCHEMA archive; CREATE TABLE archive.orders (id uuid PRIMARY KEY, class text);
    INSERT INTO shop.orders VALUES (7, 12.5, 'planted-secret'); INSERT INTO shop."Order Lines" VALUES (7, 1, 'paper')`);
});

interface Typed {
  readonly folder?: string;
  readonly questions?: Questions;
}

async function typed(line: readonly string[], { folder = mkdtempSync(join(root, "p-")), questions }: Typed = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await run(line, {
    folder,
    importFrom: (_, name) => import(name),
    terminal: {
      isInteractive: questions !== undefined,
      print: (text) => void out.push(text),
      printError: (text) => void err.push(text),
      confirm: async () => true,
      ...(questions === undefined ? {} : { questions }),
      signal: new AbortController().signal,
    },
  });
  return { exitCode, folder, out: out.join("\n"), err: err.join("\n") };
}

const to = ["--downstream", "https://crm.example.com/api", "--yes"];
const init = (...tables: readonly string[]) => [
  ...["init", "--database", url, ...to],
  ...tables.flatMap((table) => ["--table", table]),
];
const read = (folder: string, path: string) => readFileSync(join(folder, path), "utf8");

async function pipelineOf(folder: string): Promise<Pipeline> {
  process.env.DATABASE_URL = url;
  return ((await import(join(folder, "syncline.config.ts"))) as { default: Pipeline }).default;
}

it("writes a project that works, whatever tables and columns are called", async () => {
  const { exitCode, folder, out, err } = await typed(init("shop.orders", 'shop."Order Lines"', "archive.orders"));
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toContain("Left out of shop.orders, since they look like secrets: customer_password.");
  await using pipeline = await pipelineOf(folder);
  await pipeline.migrate();
  expect(await pipeline.check()).toEqual([]);
  const strategies = await pipeline.strategies();
  expect(strategies.map(({ name, category }) => [name, category])).toEqual([
    ["crm-archive-orders", "archive-orders"],
    ["crm-order-lines", "order-lines"],
    ["crm-orders", "orders"],
  ]);
  const { rows, request } = await pipeline.preview("crm-orders", { id: 7 });
  expect(rows).toEqual([{ id: "7", total: "12.50" }]);
  expect(request).toMatchObject({ method: "PUT", url: "https://crm.example.com/api/orders/7" });
  const line = await pipeline.preview("crm-order-lines", { order: 7, No: 1 });
  expect(line.rows).toEqual([{ order: "7", "No`": 1, "what ${is} \\ it": "paper" }]);
  expect(await pipeline.backfill("crm-order-lines")).toBe(1);
});

it("keeps the address in .env alone, which nobody else reads and git ignores", async () => {
  const { folder, out } = await typed([...init("shop.orders"), "--token-variable", "CRM_TOKEN"]);
  const { password } = new URL(url);
  expect(password.length).toBeGreaterThan(8);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = files.filter(({ parentPath, name }) => read(parentPath, name).includes(password));
  expect(holding.map(({ name }) => name)).toEqual([".env"]);
  expect(statSync(join(folder, ".env")).mode & 0o777).toBe(0o600);
  expect(read(folder, ".gitignore")).toMatch(/^\.env$/m);
  expect(read(folder, ".env")).toContain(`DATABASE_URL=${url}`);
  expect(read(folder, ".env.example")).toBe("DATABASE_URL=postgres://user:password@localhost/database\nCRM_TOKEN=\n");
  expect(read(folder, "syncline.config.ts")).toContain('auth: { bearer: "env:CRM_TOKEN" }');
  expect(out).not.toContain(password);
});

it("overwrites nothing, and keeps what package.json, .gitignore and .env say", async () => {
  const folder = mkdtempSync(join(root, "p-"));
  writeFileSync(
    join(folder, "package.json"),
    '{"name":"mine","scripts":{"start":"node ."},"dependencies":{"pg":"8.0.0"}}',
  );
  writeFileSync(join(folder, ".gitignore"), "dist");
  writeFileSync(join(folder, ".env"), "OTHER=1");
  expect(await typed(init("shop.orders"), { folder })).toMatchObject({ exitCode: 0 });
  const manifest = JSON.parse(read(folder, "package.json")) as { scripts: object; dependencies: object };
  expect(manifest).toMatchObject({ name: "mine", scripts: { start: "node .", check: "syncline check" } });
  expect(manifest.dependencies).toMatchObject({ pg: "8.0.0", "@syncline/core": expect.stringMatching(/^\^\d/) });
  expect(read(folder, ".gitignore")).toBe("dist\nnode_modules/\n.env\n");
  expect(read(folder, ".env")).toBe(`OTHER=1\nDATABASE_URL=${url}\n`);
  const again = await typed(init("shop.orders"), { folder });
  expect(again).toMatchObject({ exitCode: 1, err: expect.stringContaining("syncline.config.ts") });
  expect(again.err).toMatch(/src\/strategies\.ts.*overwrites nothing/);
  const other = mkdtempSync(join(root, "p-"));
  writeFileSync(join(other, ".env"), "DATABASE_URL=postgres://elsewhere/x");
  expect(await typed(init("shop.orders"), { folder: other })).toMatchObject({
    exitCode: 1,
    err: expect.stringMatching(/\.env has another DATABASE_URL/),
  });
  expect(readdirSync(other).includes("syncline.config.ts")).toBe(false);
});

it.each([
  ["shop.keyless", 1, /shop\.keyless has no primary key/],
  ["shop.seen", 1, /shop\.seen is a view/],
  ["shop.ordes", 2, /no table shop\.ordes.*did you mean "shop\.orders"/],
  ["orders", 2, /orders may be archive\.orders or shop\.orders: say which/],
])("of the table %s it says what is wrong", async (table, exitCode, words) => {
  const { folder, ...ran } = await typed(init(table));
  expect(ran).toMatchObject({ exitCode, err: expect.stringMatching(words) });
  expect(readdirSync(folder)).not.toContain("syncline.config.ts");
});

it.each([
  [["init"], /Missing: .*--table <table>, --downstream <url>/],
  [
    ["init", "--database", "mysql://root:planted-secret@x/y", "--table", "t", ...to],
    /mysql: databases.*@syncline\/mariadb/,
  ],
  [["init", "--database", "postgres://a:planted-secret@x:y/z", "--table", "t", ...to], /is no URL.*%40/],
  [
    ["init", "--database", url, "--table", "shop.orders", "--downstream", "https://a:planted-secret@x", "--yes"],
    /no user/,
  ],
  [["init", "--database", url, "--table", "shop.orders", "--downstream", "grpc://x", "--yes"], /over HTTP alone/],
])("%j is refused, and quotes no secret", async (line, words) => {
  const before = process.env.DATABASE_URL;
  delete process.env.DATABASE_URL;
  const { exitCode, err } = await typed(line);
  if (before !== undefined) process.env.DATABASE_URL = before;
  expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringMatching(words) });
  expect(err).not.toContain("planted-secret");
});

it("a database that is away, or lets nobody in, is a line without its password", async () => {
  for (const address of ["postgres://u:planted-secret@127.0.0.1:1/x", url.replace(/:[^:@/]+@/, ":planted-secret@")]) {
    const { exitCode, err } = await typed(["init", "--database", address, "--table", "t", ...to]);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: expect.stringMatching(/^database\.unavailable: [^\n]+$/) });
    expect(err).not.toContain("planted-secret");
  }
});

it("asks for what the flags leave open, and tells which tables will not do", async () => {
  const asked: string[] = [];
  const questions: Questions = {
    text: async (message, { wrong } = {}) => {
      asked.push(message);
      expect(wrong?.("nonsense:x")).toBeDefined();
      return /database/.test(message) ? url : "erp=http://localhost:8080";
    },
    choose: async (_, choices) => {
      asked.push(...choices.map(({ value }) => value));
      return ["archive.orders"];
    },
  };
  const before = process.env.DATABASE_URL;
  delete process.env.DATABASE_URL;
  const { exitCode, err, folder } = await typed(["init"], { questions });
  if (before !== undefined) process.env.DATABASE_URL = before;
  expect(exitCode).toBe(0);
  expect(err).toMatch(/shop\.keyless has no primary key.*\n.*shop\.seen is a view/);
  expect(asked.slice(1, -1)).toEqual(["archive.orders", 'shop."Order Lines"', "shop.orders"]);
  expect(read(folder, "src/strategies.ts")).toContain('strategy("erp-orders"');
});
