import { readdirSync, readFileSync } from "node:fs";
import type { Failure, Strategy, SyncInvoker, WireValue } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { http } from "./http.ts";
import type { HttpOptions } from "./options.ts";
import type { Api, Reply, World } from "./testing/apis/api.ts";
import { graph, hubspot, hubspotByProperty, salesforce } from "./testing/apis/crm.ts";
import { braze, segment, shopify, splunk, stripe } from "./testing/apis/others.ts";
import { azureSearch, bigquery, dataverse, klaviyo, mailchimp, slack, zendesk } from "./testing/apis/rows.ts";
import { algolia, elasticsearch, meilisearch, typesense } from "./testing/apis/search.ts";
import { given, item, quiet } from "./testing/calls.ts";
import { ScriptedServer } from "./testing/server.ts";

interface Preset {
  readonly about: readonly string[];
  readonly documentation: readonly string[];
  readonly downstream: HttpOptions;
  readonly strategy: Partial<Strategy>;
}

const folder = new URL("../presets/", import.meta.url);
const apis: { readonly [name: string]: Api } = {
  algolia,
  "azure-search": azureSearch,
  bigquery,
  braze,
  dataverse,
  elasticsearch,
  graph,
  hubspot,
  "hubspot-by-property": hubspotByProperty,
  klaviyo,
  mailchimp,
  meilisearch,
  salesforce,
  segment,
  shopify,
  slack,
  splunk,
  stripe,
  typesense,
  zendesk,
};
const ids = ["1", "22", "333", "4444", "55555"];

it("each preset has its server", () => {
  expect(readdirSync(folder).sort()).toEqual(
    Object.keys(apis)
      .map((name) => `${name}.json`)
      .sort(),
  );
});

describe.each(Object.entries(apis))("the preset %s", (name, api) => {
  const preset = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Preset;
  const strategy = testStrategy({
    name: "items",
    category: { name: "item", fields: { id: "string" } },
    query: "SELECT i.id FROM item i WHERE i.id = :id",
    ...(preset.strategy as object),
  });
  let server: ScriptedServer;
  let invoker: SyncInvoker;
  /** What the failures of the last `send` say. */
  let told = "";
  let mood: Partial<{ bad: readonly string[]; omitted: readonly string[]; isReversed: boolean; reply: Reply }> = {};
  const taken = new Map<string, unknown>();
  const world: World = {
    taken,
    isBad: (id) => mood.bad?.includes(id) ?? false,
    isOmitted: (id) => mood.omitted?.includes(id) ?? false,
    order: (entries) => (mood.isReversed ? entries.reverse() : entries),
  };

  beforeEach(async () => {
    server = await ScriptedServer.start();
    mood = {};
    taken.clear();
    server.script = (request, response) => {
      const { status, body = "", headers = {} } = mood.reply ?? api.answer(request, world);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      response.writeHead(status, headers).end(status === 204 ? undefined : text);
    };
    for (const [, variable = ""] of JSON.stringify(preset.downstream).matchAll(/"env:(\w+)"/g))
      process.env[variable] = "planted";
    const { auth } = preset.downstream;
    const isByToken = auth !== undefined && "oauth2" in auth;
    const options = {
      ...preset.downstream,
      baseUrl: server.url,
      ...(isByToken ? { auth: { bearer: "planted" } } : {}),
    };
    invoker = http(options).open({ downstream: "api", log: quiet });
  });
  afterEach(async () => {
    await invoker.close?.();
    await server.stop();
  });

  /** As core sends: in the strategy's batches, halved where a list is refused as a whole. What failed, by key. */
  async function send(operation: "upsert" | "delete", keys: readonly string[], revision = "7") {
    const failures = new Map<string, Failure>();
    const size = operation === "delete" ? strategy.deleteBatch : strategy.batch;
    const call = async (part: readonly string[]): Promise<void> => {
      const items = part.map((id) => {
        const body = operation === "delete" ? null : (api.document(id) as WireValue);
        return item(id, body, { key: { id }, revision, deliveryId: `delivery-${id}` });
      });
      const { path, method, options } = strategy;
      const batched = strategy.batch > 1;
      const request = {
        callId: `call-${part}`,
        strategy: "items",
        category: "item",
        attempt: 1,
        path,
        method,
        options,
      };
      const outcome = await invoker.invoke({ ...request, operation, batched, items }, given().context);
      if (outcome.status === "failed" && outcome.failure.kind === "rejected" && part.length > 1) {
        const middle = Math.ceil(part.length / 2);
        await call(part.slice(0, middle));
        await call(part.slice(middle));
      } else if (outcome.status === "failed") for (const id of part) failures.set(id, outcome.failure);
      else if (outcome.status !== "accepted") {
        const refused = outcome.failures.some(({ failure }) => failure.kind === "rejected");
        const again = outcome.failures.filter(({ failure }) => refused && failure.kind === "transient");
        for (const { index, failure } of outcome.failures) failures.set(part[index] ?? "", failure);
        // Without the one that was refused.
        for (const { index } of again) failures.delete(part[index] ?? "");
        if (again.length > 0 && again.length < part.length) await call(again.map(({ index }) => part[index] ?? ""));
      }
    };
    for (let at = 0; at < keys.length; at += size) await call(keys.slice(at, at + size));
    told = JSON.stringify([...failures.values()]);
    return Object.fromEntries([...failures].map(([id, { kind }]) => [id, kind]));
  }
  const documents = (keys: readonly string[]) => new Map(keys.map((id) => [id, api.document(id)]));
  const kept = () =>
    new Map(
      [...taken].map(([id, value]) => [
        id,
        name === "elasticsearch" ? (value as { document: unknown }).document : value,
      ]),
    );

  it("is valid, and says where it is documented", () => {
    const transport = http(preset.downstream);
    expect([transport.checkOptions?.(), transport.checkStrategy?.(strategy)]).toEqual([[], []]);
    expect(preset.documentation.every((url) => url.startsWith("https://"))).toBe(true);
    expect(preset.about.join("").length).toBeGreaterThan(40);
  });

  it("brings documents, in whatever order answers come, and takes them away, be they there or not", async () => {
    mood = { isReversed: true };
    expect(await send("upsert", ids)).toEqual({});
    expect(kept()).toEqual(documents(ids));
    if (api.hasNoDelete) return expect(strategy.whenAbsent).toBe("skip");
    expect(strategy.whenAbsent).toBe("delete");
    expect(await send("delete", ["22", "4444", "999"], "8")).toEqual({});
    expect(kept()).toEqual(documents(["1", "333", "55555"]));
    expect(await send("delete", ["22"], "8")).toEqual({});
  });

  it("loses the item alone that the interface refuses", async () => {
    mood = { bad: ["333"], isReversed: true };
    const failures = await send("upsert", ids);
    expect(Object.keys(failures)).toEqual(["333"]);
    expect(["rejected", "transient"]).toContain(failures["333"]);
    expect(kept()).toEqual(documents(ids.filter((id) => id !== "333")));
  });

  it("takes nothing for accepted that the answer leaves out", async () => {
    if (!api.hasNoDelete) await send("upsert", ids);
    mood = { omitted: ["22", "4444"], isReversed: true };
    for (const operation of api.hasNoDelete ? (["upsert"] as const) : (["upsert", "delete"] as const)) {
      if (operation === "upsert") taken.clear();
      else for (const id of ids) taken.set(id, name === "elasticsearch" ? { version: 1n } : {});
      const failures = await send(operation, ids, "9");
      const isThere = (id: string) => taken.has(id) === (operation === "upsert");
      const lost = ids.filter((id) => !isThere(id) && failures[id] === undefined);
      expect(lost).toEqual(api.isSilent ? ["22", "4444"] : []);
    }
  });

  it.each<[string, Reply]>([
    ["nothing", { status: 200 }],
    ["a login page", { status: 200, body: "<html>Sign in</html>" }],
    ["an object", { status: 200, body: {} }],
    ["a list", { status: 200, body: [] }],
    ["null", { status: 200, body: "null" }],
    [
      "an error in a 200",
      { status: 200, body: { error: "internal", errors: [{ message: "no" }], success: false, message: "no" } },
    ],
    ["207 and nothing", { status: 207, body: {} }],
    ["brackets", { status: 200, body: "[".repeat(50_000) }],
  ])("does not believe an answer of %s", async (what, reply) => {
    mood = { reply };
    expect(Object.keys(await send("upsert", ids))).toEqual(ids);
    // A delete that is answered with nothing at all was done, where no list says of which.
    if (!api.hasNoDelete && what !== "nothing") expect(Object.keys(await send("delete", ids))).toEqual(ids);
  });

  it("keeps no words of the interface's that may quote a document", async () => {
    mood = { bad: ["quoted-77"] };
    expect(Object.keys(await send("upsert", ["1", "quoted-77"]))).toEqual(["quoted-77"]);
    expect(told).toMatch(/code/);
    expect(told).not.toContain("quoted");
  });
});
