import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StrategyStore } from "@syncline/core/spi";
import { strategyStoreConformance } from "@syncline/testkit";
import { afterAll, describe, expect, it, vi } from "vitest";
import { files } from "./files.ts";

const never = new AbortController().signal;
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folder(contents: { readonly [file: string]: string } = {}) {
  const root = await mkdtemp(join(tmpdir(), "syncline-files-"));
  folders.push(root);
  await mkdir(join(root, "strategies"));
  await mkdir(join(root, "categories"));
  const write = (file: string, text: string) => writeFile(join(root, file), text);
  for (const [file, text] of Object.entries(contents)) await write(file, text);
  return { root, write, path: (file: string) => join(root, file) };
}

const quick = { pollMs: 50, settleMs: 20 };
const crm = (more = "") =>
  `name: crm\ncategory: order\nquery: SELECT 1\ndownstream: d\npath: /\nwhenAbsent: skip\n${more}`;

/** What a store has, as it tells of it. */
async function shown(store: StrategyStore) {
  const { strategies, categories = [] } = await store.load(never);
  return [...categories, ...strategies].map(({ definition, problem }) => ({
    name: definition.name,
    ...(problem === undefined ? {} : { problem: typeof problem === "string" ? problem : problem[0] }),
  }));
}

describe("a folder of files", () => {
  strategyStoreConformance(
    async () => {
      const { root } = await folder();
      const store = files(root, quick);
      const path = (name: string) => join(root, "strategies", `${name}.json`);
      return {
        store,
        put: async (definition) => {
          await writeFile(`${path(definition.name)}.new`, JSON.stringify(definition));
          await rename(`${path(definition.name)}.new`, path(definition.name));
        },
        remove: (name) => rm(path(name)),
        close: async () => {},
      };
    },
    { describe, it },
    { capabilities: ["subscribe"] },
  );
});

it("reads documents of YAML and JSON, templates in files of their own, and what is switched off", async () => {
  const { root } = await folder({
    "categories/all.yaml": "name: order\nfields:\n  orderId: bigint\n---\nname: part\nfields: { sku: string }\n---\n",
    "strategies/a.yml": crm("enabled: false\n"),
    "strategies/b.json": `\uFEFF{"$schema": "x", "name": "b", "query": {"file": "b.sql"}}`,
    "strategies/b.sql": "SELECT 1\r\n  FROM b\r\n",
    "strategies/.hidden.yaml": "nonsense: [",
    "strategies/README.md": "nonsense: [",
  });
  const { strategies, categories } = await files(root).load(never);
  expect(categories?.map(({ definition }) => definition)).toEqual([
    { name: "order", fields: { orderId: "bigint" } },
    { name: "part", fields: { sku: "string" } },
  ]);
  expect(strategies.map(({ definition: { name, query }, disabled }) => [name, query, disabled])).toEqual([
    ["crm", "SELECT 1", true],
    ["b", "SELECT 1\n  FROM b\n", undefined],
  ]);
});

it("refuses a start on files that cannot be read as a whole, with the place of each fault", async () => {
  const { root, path } = await folder({
    "strategies/a.yaml": crm("batch: [1,\n"),
    "strategies/b.yaml": "",
    "categories/c.yaml": "fields: { id: uuid }\n",
    "strategies/good.yaml": crm(),
  });
  await expect(files(root).load(never)).rejects.toMatchObject({
    code: "strategy.invalid",
    problems: [
      { at: `${path("categories/c.yaml")}:1:1 (name)` },
      { at: `${path("strategies/a.yaml")}:8:1` },
      { at: `${path("strategies/b.yaml")}:1:1` },
    ],
  });
  await expect(files(join(root, "nowhere")).load(never)).rejects.toMatchObject({ code: "config.invalid" });
});

it("goes on with what a file said before while it cannot be read, and takes it once it is mended", async () => {
  const { root, write, path } = await folder({
    "categories/order.yaml": "name: order\nfields: { orderId: bigint }\n",
    "strategies/crm.yaml": crm(),
    "strategies/other.yaml": crm().replace("crm", "other"),
  });
  const store = files(root, quick);
  const stop = store.subscribe?.(() => {});
  expect(await shown(store)).toEqual([{ name: "order" }, { name: "crm" }, { name: "other" }]);
  await write("strategies/crm.yaml", crm("  batch: 3\n"));
  await write("categories/order.yaml", "name: order\nfields: {\n");
  const at = expect.stringContaining(`${path("strategies/crm.yaml")}:`);
  await vi.waitFor(async () =>
    expect(await shown(store)).toEqual([
      { name: "order" },
      { name: path("categories/order.yaml"), problem: expect.anything() },
      { name: "crm", problem: { at, message: expect.anything() } },
      { name: "other" },
    ]),
  );
  await write("strategies/crm.yaml", crm("batch: 3\n"));
  await write("categories/order.yaml", "name: order\nfields: { orderId: bigint }\n");
  await vi.waitFor(async () =>
    expect(await shown(store)).toEqual([{ name: "order" }, { name: "crm" }, { name: "other" }]),
  );
  stop?.();
});

it("takes no change before it has stood for a while, and no file for gone that is being replaced", async () => {
  const { root, write, path } = await folder({
    "strategies/crm.yaml": crm(),
    "strategies/b.yaml": crm().replace("crm", "b"),
  });
  const store = files(root, { pollMs: 50, settleMs: 3_600_000 });
  const stop = store.subscribe?.(() => {});
  await store.load(never);
  await write("strategies/b.yaml", crm("batch: 2\n").replace("crm", "b"));
  await rm(path("strategies/crm.yaml"));
  // Several looks.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await shown(store)).toEqual([{ name: "b" }, { name: "crm" }]);
  expect((await store.load(never)).strategies[0]?.definition).not.toHaveProperty("batch");
  stop?.();
});

it("takes a folder that is empty or away all at once for no answer", async () => {
  const { root, path } = await folder({ "strategies/crm.yaml": crm() });
  const store = files(root, quick);
  const stop = store.subscribe?.(() => {});
  await store.load(never);
  const told = async (words: string) =>
    vi.waitFor(async () =>
      expect(await shown(store)).toEqual([
        { name: "crm", problem: { at: root, message: expect.stringContaining(words) } },
      ]),
    );
  await rename(path("strategies"), path("away"));
  await told("No file is left");
  await rename(root, `${root}-away`);
  await told("cannot be read (ENOENT)");
  await rename(`${root}-away`, root);
  await rename(path("away"), path("strategies"));
  await vi.waitFor(async () => expect(await shown(store)).toEqual([{ name: "crm" }]));
  stop?.();
});

it("follows a ConfigMap, whose files are links that one link moves", async () => {
  const { root, path } = await folder();
  for (const [version, batch] of [
    ["v1", 1],
    ["v2", 2],
  ] as const) {
    await mkdir(path(`strategies/..${version}`));
    await writeFile(path(`strategies/..${version}/crm.yaml`), crm(`batch: ${batch}\n`));
  }
  await symlink("..v1", path("strategies/..data"));
  await symlink("..data/crm.yaml", path("strategies/crm.yaml"));
  const store = files(root, quick);
  const stop = store.subscribe?.(() => {});
  const batch = async () =>
    (await store.load(never)).strategies.map(({ definition }) => Reflect.get(definition, "batch"));
  expect(await batch()).toEqual([1]);
  await symlink("..v2", path("strategies/..data_tmp"));
  await rename(path("strategies/..data_tmp"), path("strategies/..data"));
  await vi.waitFor(async () => expect(await batch()).toEqual([2]));
  stop?.();
});

it("puts a changed template in force, and tells where it cannot be read", async () => {
  const { root, write, path } = await folder({
    "strategies/crm.yaml": crm().replace("SELECT 1", "{ file: crm.sql }"),
    "strategies/crm.sql": "SELECT 1",
  });
  const store = files(root, quick);
  const stop = store.subscribe?.(() => {});
  const query = async () => (await store.load(never)).strategies[0]?.definition.query;
  expect(await query()).toBe("SELECT 1");
  await write("strategies/crm.sql", "SELECT 2");
  await vi.waitFor(async () => expect(await query()).toBe("SELECT 2"));
  await rm(path("strategies/crm.sql"));
  await vi.waitFor(async () =>
    expect((await shown(store))[0]?.problem).toEqual({
      at: `${path("strategies/crm.yaml")}:3:10 (query.file)`,
      message: "crm.sql: It cannot be read (ENOENT).",
    }),
  );
  stop?.();
});

it.each<[what: string, file: string, message: string]>([
  ["..", "../../outside.sql", "out of the folder"],
  ["a link", "link.sql", "out of the folder"],
  ["an absolute path", "/etc/hostname", "a path from this file on"],
  ["a folder", ".", "It is no file"],
])("reads no template that leads out by %s", async (_, file, message) => {
  const { root, path } = await folder({ "strategies/crm.yaml": crm().replace("SELECT 1", `{ file: ${file} }`) });
  await writeFile(join(root, "..", "outside.sql"), "SELECT secret");
  folders.push(join(root, "..", "outside.sql"));
  await symlink("../../outside.sql", path("strategies/link.sql"));
  expect((await shown(files(root)))[0]?.problem).toMatchObject({ message: expect.stringContaining(message) });
});

it("reads no file of definitions that is a link out of the folder", async () => {
  const { root, path } = await folder();
  await symlink("/etc/hostname", path("strategies/host.yaml"));
  await expect(files(root).load(never)).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining("out of the folder") }],
  });
});

it("puts no name in force that stands in two files, and leaves one that is in force as it is", async () => {
  const { root, write } = await folder({ "strategies/b.yaml": crm(), "strategies/c.yaml": crm("batch: 2\n") });
  const [both] = await shown(files(root));
  expect(both?.problem).toMatchObject({ message: expect.stringContaining('"crm" stands in 2 places') });
  await rm(join(root, "strategies/c.yaml"));
  const store = files(root, quick);
  const stop = store.subscribe?.(() => {});
  await store.load(never);
  await write("strategies/a.yaml", crm("batch: 3\n"));
  await vi.waitFor(async () =>
    expect((await store.load(never)).strategies.map(({ source, problem }) => [source.slice(-6), problem])).toEqual([
      ["b.yaml", undefined],
      ["a.yaml", undefined],
    ]),
  );
  stop?.();
});

it("substitutes environment variables that it may, in texts other than queries, and nothing else", async () => {
  const { root } = await folder({
    "strategies/a.yaml": crm(`options: { headers: { x-region: 'r-\${env:SYNCLINE_TEST_REGION}-\${x}' } }\n`),
    "strategies/b.yaml": crm(`method: \${env:HOME}\n`).replace("crm", "b"),
    "strategies/c.yaml": crm(`method: \${env:SYNCLINE_TEST_UNSET}\n`).replace("crm", "c"),
    "strategies/d.yaml": crm().replace("crm", "d").replace("SELECT 1", `SELECT '\${env:SYNCLINE_TEST_REGION}'`),
    "strategies/e.yaml": crm("options: { login: { password: hunter2, token: '{{row.token}}' } }\n").replace("crm", "e"),
  });
  vi.stubEnv("SYNCLINE_TEST_REGION", "eu");
  const store = files(root, { env: ["SYNCLINE_TEST_REGION", "SYNCLINE_TEST_UNSET"] });
  const { strategies } = await store.load(never);
  vi.unstubAllEnvs();
  expect(strategies[0]?.definition).toMatchObject({ options: { headers: { "x-region": `r-eu-\${x}` } } });
  expect(
    (await shown(store)).slice(1).map(({ problem }) => (typeof problem === "object" ? problem.message : "")),
  ).toEqual([
    expect.stringContaining("may not use the environment variable HOME"),
    expect.stringContaining("SYNCLINE_TEST_UNSET is not set"),
    expect.stringContaining("Nothing is substituted in a query"),
    expect.stringContaining("It looks like a secret"),
  ]);
  expect(JSON.stringify(strategies)).not.toContain(String(process.env.HOME));
});
