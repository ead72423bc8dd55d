import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adaptiveSchedule, createPipeline, type PipelineOptions } from "@syncline/core";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { files } from "@syncline/files";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { quickTuning } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { waitFor } from "../harness/wait-for.ts";
import { commandLine } from "./syncline.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const open = (more: Partial<PipelineOptions<pg.ClientBase>> = {}) =>
  createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories: [],
    strategyTable: true,
    categoryTable: true,
    downstreams: { crm: http({ baseUrl: downstream.url }) },
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 50 }),
    log: silent,
    tuning: quickTuning,
    ...more,
  });
const syncline = commandLine(() => open());
const root = await mkdtemp(join(tmpdir(), "syncline-cli-"));
afterAll(() => rm(root, { recursive: true, force: true }));
await mkdir(join(root, "strategies"));
await mkdir(join(root, "categories"));
await shop.query("CREATE TABLE part (sku text PRIMARY KEY, label text NOT NULL)");
const worker = open();
afterAll(() => worker.stop({ timeoutMs: 0 }));
await worker.migrate();
await worker.start();

const write = (file: string, text: string) => writeFile(join(root, file), text);
const parts = `# Whoever edits this asks the warehouse first.
name: parts
category: part
query: { file: parts.sql } # beside it
downstream: crm
path: /parts
whenAbsent: skip
options: { envelope: true }
`;

it("applies files to tables, which running workers take at once, for systems that write rows alone", async () => {
  await write("categories/part.yaml", "name: part\nfields: { sku: string }\n");
  await write("strategies/parts.yaml", parts);
  await write("strategies/parts.sql", "SELECT sku, label\n  FROM part\n WHERE sku = :sku\n");
  const different = await syncline(`diff ${root}`);
  expect(different.exitCode).toBe(1);
  expect(different.out.split("\n").map((line) => line.split("  ")[0])).toEqual(["+ category part", "+ strategy parts"]);
  const dry = await syncline(`apply ${root} --dry-run`);
  expect([dry.exitCode, dry.out]).toEqual([0, expect.stringContaining("it was a dry run")]);
  expect((await syncline(`apply ${root}`)).exitCode).toBe(2);
  expect((await syncline(`diff ${root}`)).exitCode).toBe(1);

  await shop.query("INSERT INTO part VALUES ('A-1', 'x')");
  await shop.query(`INSERT INTO syncline.change (category, condition) VALUES ('part', '{"sku":"A-1"}')`);
  const applied = await syncline(["apply", root, "--yes", "--by", "ann", "--reason", "a new warehouse"]);
  expect([applied.exitCode, applied.err]).toEqual([0, ""]);
  await waitFor("what was recorded before", () => downstream.books.last("parts", { sku: "A-1" }));
  expect((await syncline("categories")).out).toMatch(/^part +sku: string +- +syncline\.category\[part\]$/m);
  expect((await syncline("strategies")).out).toMatch(/^parts +part +crm$/m);
  const [entry] = (await worker.audit.list({ action: "apply" })).items;
  expect(entry).toMatchObject({ actor: "ann", reason: "a new warehouse", count: 2 });
  expect((await syncline("strategies history parts")).out).toMatch(/^ +1 .* ann +created +yes /m);

  const again = await syncline(`apply ${root} --yes`);
  expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining("nothing is to be done")]);
  expect((await syncline(`diff ${root}`)).exitCode).toBe(0);
});

it("applies nothing of what would not work, and names each place", async () => {
  await write(
    "strategies/wrong.yaml",
    parts.replace("name: parts", "name: wrong").replace("whenAbsent: skip", "batch: 0"),
  );
  const wrong = await syncline(`apply ${root} --yes`);
  expect([wrong.exitCode, wrong.err]).toEqual([
    1,
    expect.stringMatching(/strategies\.wrong\.batch: It must be a whole/),
  ]);
  await write("strategies/wrong.yaml", parts.replace("name: parts", "name: wrong").replace("parts.sql", "wrong.sql"));
  await write("strategies/wrong.sql", "SELECT colour FROM part WHERE sku = :sku");
  const unread = await syncline(`apply ${root} --yes`);
  expect([unread.exitCode, unread.err]).toEqual([1, expect.stringMatching(/strategies\.wrong\.query: .*colour/)]);
  await write("strategies/wrong.yaml", "name: [");
  const broken = await syncline(`diff ${root}`);
  expect([broken.exitCode, broken.err]).toEqual([1, expect.stringContaining("strategies/wrong.yaml:1:")]);
  await rm(join(root, "strategies/wrong.yaml"));
  expect((await syncline(`diff ${root}`)).exitCode).toBe(0);
});

it("removes only where it is told to, and never for an empty folder", async () => {
  await shop.query(`INSERT INTO syncline.strategy (name, definition) VALUES ('by-hand', '{"category":"part"}')`);
  expect((await syncline(`diff ${root}`)).exitCode).toBe(0);
  expect((await syncline(`diff ${root} --prune`)).out).toBe("- strategy by-hand");
  const pruned = await syncline(`apply ${root} --prune --yes`);
  expect([pruned.exitCode, pruned.out]).toEqual([0, expect.stringContaining("1 applied")]);
  expect((await worker.definitions.list()).rows.map(({ name }) => name)).toEqual(["part", "parts"]);
  const empty = join(root, "empty");
  await mkdir(join(empty, "strategies"), { recursive: true });
  expect((await syncline(`apply ${empty} --prune --yes`)).exitCode).toBe(2);
  expect((await worker.definitions.list()).rows).toHaveLength(2);
});

it("exports tables into files that say the same, and leaves comments and what was edited alone", async () => {
  const fresh = join(root, "fresh");
  expect((await syncline(`export ${fresh}`)).exitCode).toBe(0);
  expect((await syncline(`diff ${fresh} --prune`)).exitCode).toBe(0);
  const text = await readFile(join(fresh, "strategies/parts.yaml"), "utf8");
  expect(text).toContain("query: |\n  SELECT sku, label\n    FROM part\n");
  expect((await syncline(`export ${root}`)).exitCode).toBe(0);
  expect(await readFile(join(root, "strategies/parts.yaml"), "utf8")).toBe(parts);
  await shop.query("UPDATE syncline.strategy SET enabled = false WHERE name = 'parts'");
  const left = await syncline(`export ${root}`);
  expect([left.exitCode, left.out]).toEqual([1, expect.stringContaining("differs: ")]);
  expect(await readFile(join(root, "strategies/parts.yaml"), "utf8")).toBe(parts);
  expect((await syncline(`export ${root} --force`)).exitCode).toBe(0);
  expect((await syncline(`diff ${root} --prune`)).exitCode).toBe(0);
});

it("does nothing where somebody edited the tables meanwhile", async () => {
  const { revision } = await worker.definitions.list();
  await shop.query("UPDATE syncline.category SET definition = definition || '{}'");
  const edits = [{ kind: "category", name: "part", remove: true }] as const;
  await expect(worker.definitions.apply(edits, revision)).rejects.toMatchObject({ code: "definitions.changed" });
  expect((await worker.definitions.list()).rows.map(({ name }) => name)).toEqual(["part", "parts"]);
});

it("makes a shadow live in place of the other one, which leaves nothing behind", async () => {
  await shop.query("DELETE FROM syncline.strategy; UPDATE part SET label = 'x'");
  const put = (name: string, more: object) => {
    const query = "SELECT sku, label FROM part WHERE sku = :sku";
    const sent = { downstream: "crm", path: `/${name}`, whenAbsent: "skip", options: { envelope: true } };
    const definition = { category: "part", query, ...sent, ...more };
    return shop.query("INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)", [
      name,
      JSON.stringify(definition),
    ]);
  };
  const query = "SELECT sku, upper(label) AS label FROM part WHERE sku = :sku";
  await put("old", {});
  await put("next", { mode: "shadow", shadowOf: "old", query });
  await put("third", { mode: "shadow", shadowOf: "old" });
  await syncline("pause old");
  await shop.query(`INSERT INTO syncline.change (category, condition) VALUES ('part', '{"sku":"A-1"}')`);
  await waitFor("the shadow", async () => (await worker.shadow("next").catch(() => undefined))?.counts.upserts === 1);
  const unsaid = await syncline("shadow live next --yes");
  expect([unsaid.exitCode, unsaid.err]).toEqual([2, expect.stringContaining("--replace removes old")]);
  const line = "shadow live next --replace --yes --by ann --reason tried";
  const live = await syncline(line);
  expect([live.exitCode, live.out]).toEqual([0, expect.stringContaining("old is removed; 1 that it owed go to next.")]);
  await waitFor("what was owed", () => downstream.books.last("next", { sku: "A-1" }));
  expect(downstream.books.last("next", { sku: "A-1" })?.body).toMatchObject({ label: "X" });
  expect(downstream.calls.filter(({ lane }) => lane === "old" || lane === "third")).toEqual([]);
  const rows = (await worker.definitions.list()).rows.filter(({ kind }) => kind === "strategy");
  expect(
    rows.map(({ name, definition }) => [name, (JSON.parse(definition) as { shadowOf?: string }).shadowOf]),
  ).toEqual([
    ["next", undefined],
    ["third", "next"],
  ]);
  const entries = (await worker.audit.list({ action: "make-live" })).items;
  expect(entries).toMatchObject([{ actor: "ann", reason: "tried", strategy: "next", selection: '{"replaces":"old"}' }]);
  expect((await syncline("strategies history old")).out).toMatch(/^ +2 .* ann +deleted /m);
  expect((await worker.status()).strategies.filter(({ strategy }) => strategy === "old")).toEqual([]);
  expect((await syncline(line)).err).toMatch(/^config\.invalid: .*"next" is no shadow: it is live already/);
});

it("says where a shadow stands that is in a file, by its line", async () => {
  await shop.query("DELETE FROM syncline.strategy");
  await write("strategies/later.yaml", parts.replace("name: parts", "name: later\nmode: shadow"));
  const ofFiles = commandLine(() => open({ stores: [files(root)] }));
  const { exitCode, err } = await ofFiles("shadow live later --yes");
  expect([exitCode, err]).toEqual([1, expect.stringMatching(/"later" stands in \S+later\.yaml:3.*take "mode"/)]);
  await rm(join(root, "strategies/later.yaml"));
});
