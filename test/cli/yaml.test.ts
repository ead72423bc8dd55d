import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOKENS } from "@syncline/core";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { sqlite } from "@syncline/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { placeIn } from "../../packages/cli/src/config.ts";
import { loadYaml } from "../../packages/cli/src/yaml/load.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-yaml-"));
afterAll(() => rmSync(folder, { recursive: true }));
const packages: { readonly [name: string]: unknown } = {
  "@syncline/postgres": { postgres },
  "@syncline/sqlite": { sqlite },
  "@syncline/http": { http },
};
const importFrom = async (_: string, name: string) => packages[name];
const load = (text: string) => {
  const file = join(folder, "syncline.config.yaml");
  writeFileSync(file, text);
  return loadYaml(file, importFrom);
};

const sound = `# yaml-language-server: $schema=https://unpkg.com/@syncline/cli/schema/config.json
database:
  postgres:
    connectionString: env:YAML_TEST_DATABASE
    max: 3
downstreams:
  crm:
    http:
      baseUrl: env:YAML_TEST_CRM
      auth: { bearer: env:YAML_TEST_TOKEN }
categories:
  - name: order
    fields: { orderId: bigint }
strategyTable: true
tuning: { leaseMs: 70000 }
`;

describe("a configuration in YAML", () => {
  it("makes the pipeline that code would, with references in the place of secrets", async () => {
    process.env.YAML_TEST_DATABASE = "postgres://me:planted-secret-yaml@127.0.0.1:1/shop";
    process.env.YAML_TEST_CRM = "https://crm.example.com";
    const { pipeline, placeOf } = await load(sound);
    expect(pipeline.container.get(TOKENS.DatabaseAdapter).name).toBe("postgres");
    expect(pipeline.container.get(TOKENS.Tuning).leaseMs).toBe(70_000);
    expect([...pipeline.container.get(TOKENS.Dictionary).keys()]).toEqual(["order"]);
    expect(placeOf("tuning.leaseMs")).toBe("syncline.config.yaml:15:11 (tuning.leaseMs)");
    // As core names it.
    expect(placeOf("downstreams.crm.auth")).toBe("syncline.config.yaml:10:7 (downstreams.crm.http.auth)");
    expect(placeOf("strategies.crm")).toBeUndefined();
    expect(placeIn(pipeline, "strategies.crm")).toBe("strategies.crm");
    await pipeline.stop({ timeoutMs: 0 });
  });

  it.each([
    ["tuning: { leaseMs: 5", /yaml:\d+:\d+/],
    [`${sound}shedule: 5\n`, /^syncline\.config\.yaml:16:1 \(shedule\): There is no such option\. There are database/],
    [`${sound}trace: 5\n`, /:16:1 \(trace\): It is a function: write syncline\.config\.ts/],
    [`${sound}plugins: []\n`, /:16:1 \(plugins\): Plugins are code/],
    [
      sound.replace("    max: 3", "    max: none"),
      /:5:5 \(database\.postgres\.max\): must be a whole number above 0\./,
    ],
    [sound.replace("postgres:\n", "db2:\n"), /:3:3 \(database\.db2\): It must be one of postgres, .*needs code/],
    [sound.replace("    http:", "    nats:"), /:8:5 \(downstreams\.crm\.nats\): It must be one of http, grpc, soap/],
    [
      sound.replace("YAML_TEST_CRM", "YAML_TEST_NONE"),
      /:9:7 \(downstreams\.crm\.http\.baseUrl\): .*YAML_TEST_NONE is not set/,
    ],
    [
      sound.replace("env:YAML_TEST_DATABASE", "file:/nowhere/at/all"),
      /:4:5 \(database.*The file \/nowhere\/at\/all cannot be read \(ENOENT\)/,
    ],
    [sound.replace("leaseMs: 70000", "leaseMs: 07"), /:15:\d+: 07 would be read as 7/],
    [sound.replace("postgres:", "mariadb:"), /@syncline\/mariadb is not installed: npm install/],
    [`files: 5\n${sound}`, /:1:1 \(files\): It must be the path of a folder/],
  ])("%# is refused with file, line and column", async (text, words) => {
    const refused = await load(text).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(refused).toMatch(words);
    expect(refused).not.toContain("planted-secret");
  });

  it("tells all problems at once", async () => {
    const text = sound.replace("    max: 3", "    max: none").replace("    http:", "    nats:");
    await expect(load(`${text}plugins: []\n`)).rejects.toThrow(/plugins[\s\S]*max[\s\S]*nats/);
  });
});
