import type { SyncCall, WireValue } from "@syncline/core/spi";
import { expect, it } from "vitest";
import { http } from "./http.ts";
import { batch, failureOf, given, gone, item, strategy, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

type Options = SyncCall["options"];
const external: Options = { headers: { "x-external-version": "{{version}}", "if-none-match": "*" } };
const allowed = ["if-match", "if-none-match", "if-unmodified-since", "x-external-version"];

eachEngine("conditions", ({ downstream, server }) => {
  const { context } = given();
  const accepted = { status: "accepted" };

  /** Keeps the newest version that it was told, as conditional APIs do; `tells`: where it says which. */
  const api = (tells: "answer" | "header" | "get" | "nowhere", kept: Map<string, string>, reading: number = 200) => {
    server().script = ({ method, url, headers }, answer) => {
      const id = url.split("/").at(-1) ?? "";
      const have = kept.get(id);
      const told = tells === "header" || (tells === "get" && method === "GET") ? { etag: `"${have}"` } : {};
      if (method === "GET") {
        answer.writeHead(have === undefined ? 404 : reading, told).end("{}");
        return;
      }
      const given = String(headers["x-external-version"]);
      if (have !== undefined && BigInt(have) >= BigInt(given)) {
        answer
          .writeHead(412, told)
          .end(JSON.stringify(tells === "answer" ? { current: { version: Number(have) } } : {}));
        return;
      }
      if (method === "DELETE") kept.delete(id);
      else kept.set(id, given);
      answer.writeHead(204).end();
    };
  };
  const send = (version: string, options: Options, call: Partial<SyncCall> = {}) =>
    downstream({ strategyHeaders: allowed }).invoke(
      upsert({ items: [item("42", { id: "42" }, { version })], options, ...call }),
      context,
    );

  it("are made of the row, the key and the version, and each value is one", async () => {
    const headers = {
      "If-Match": '"{{document.etag}}"',
      "if-none-match": "{{document.tag}}",
      "if-unmodified-since": "{{document.at|date}}",
      "x-external-version": "{{revision}}",
    };
    const body = { etag: "a+b/c=", tag: 'W/"x y"', at: "2026-01-02T03:04:05.999Z" };
    await downstream({ strategyHeaders: allowed }).invoke(
      upsert({ items: [item("42", body)], options: { headers } }),
      context,
    );
    expect(server().last.headers).toMatchObject({
      "if-match": '"a+b/c="',
      "if-none-match": 'W/"x y"',
      "if-unmodified-since": "Fri, 02 Jan 2026 03:04:05 GMT",
      "x-external-version": item("42").revision,
    });
  });

  it.each<[string, WireValue, string]>([
    ["null", { etag: null }, "is null"],
    ["missing", {}, "is not in the document"],
    ["empty", { etag: "" }, "holds what may not stand there"],
    ["no single value", { etag: [1] }, "is an object or a list"],
    ["the end of the quoted text, and another one", { etag: '", "*' }, "holds what may not stand there"],
    ["a header of its own", { etag: "x\r\nx-admin: 1" }, "holds what may not stand there"],
  ])("are never left out, and nothing is sent, where the value is %s", async (_, body, why) => {
    for (const value of ['"{{document.etag}}"', "{{document.etag}}"]) {
      const options: Options = { headers: { "if-match": value } };
      if (value.startsWith("{{") && why.startsWith("holds") && (body as { etag: string }).etag === '", "*') continue;
      const outcome = await downstream().invoke(upsert({ items: [item("42", body)], options }), context);
      expect(outcome).toMatchObject({
        status: "unsendable",
        failures: [
          {
            index: 0,
            failure: { code: "http.header", message: `the header if-match has no value: {{document.etag}} ${why}` },
          },
        ],
      });
    }
    expect(server().received).toEqual([]);
  });

  it.each<[string, "answer" | "header" | "get", Options]>([
    ["the answer's body", "answer", { ...external, onConflict: { version: { path: "current.version" } } }],
    ["the answer's head", "header", { ...external, onConflict: { version: { header: "ETag" } } }],
    [
      "one read",
      "get",
      { ...external, onConflict: { version: { path: "current.version" }, read: { version: { header: "etag" } } } },
    ],
  ])("that fail are accepted where %s tells the same version or a newer one", async (_, tells, options) => {
    const kept = new Map([["42", "7"]]);
    api(tells, kept);
    const sent = () => server().received.map(({ method }) => method);
    for (const version of ["6", "7"]) expect(await send(version, options)).toEqual(accepted);
    expect(sent()).toEqual(tells === "get" ? ["PUT", "GET", "PUT", "GET"] : ["PUT", "PUT"]);
    const reads = server().received.filter(({ method }) => method === "GET");
    for (const { headers } of reads)
      expect(Object.keys(headers).filter((name) => /^if-|^idempotency-key|^syncline-/.test(name))).toEqual([]);
    expect(await send("10", options)).toEqual(accepted);
    expect(kept.get("42")).toBe("10");
  });

  it("that fail though the version there is older have failed as transient", async () => {
    server().script = (_request, answer) => answer.writeHead(409, { etag: '"6"' }).end();
    const failure = failureOf(await send("7", { ...external, onConflict: { version: { header: "etag" } } }));
    expect(failure).toMatchObject({ kind: "transient", code: "http.conflict", effect: "no" });
  });

  it("that fail mean what their status does where nothing tells a version", async () => {
    const options: Options = { ...external, onConflict: { read: { version: { header: "etag" } } } };
    api("nowhere", new Map([["42", "7"]]));
    expect(failureOf(await send("6", options))).toMatchObject({ kind: "rejected", code: "http.412" });
    server().script = ({ method }, answer) => answer.writeHead(method === "GET" ? 200 : 412, { etag: '"x"' }).end();
    expect(failureOf(await send("6", options)).code).toBe("http.412");
    server().script = ({ method }, answer) => answer.writeHead(method === "GET" ? 404 : 412).end();
    expect(failureOf(await send("6", options)).code).toBe("http.412");
  });

  it("are tried again where the one read fails", async () => {
    const options: Options = { ...external, onConflict: { read: { version: { header: "etag" } } } };
    for (const status of [500, 401, 429, 302]) {
      api("get", new Map([["42", "7"]]), status);
      expect(failureOf(await send("6", options))).toMatchObject({
        kind: "transient",
        code: "http.conflict",
        effect: "no",
      });
    }
    expect(server().received.filter(({ method }) => method === "GET").length).toBe(4);
  });

  it("of a delete are accepted where the read finds nothing, and its headers are its own", async () => {
    const options: Options = {
      headers: { "if-match": "{{document.etag}}", "x-external-version": "{{revision}}" },
      delete: { headers: { "If-Match": null } },
      onConflict: { read: { version: { header: "etag" } } },
    };
    server().script = ({ method }, answer) => answer.writeHead(method === "GET" ? 404 : 412).end();
    const invoker = downstream({ strategyHeaders: allowed });
    expect(await invoker.invoke(gone({ options }), context)).toEqual(accepted);
    const [sent] = server().received;
    expect(sent?.headers["if-match"]).toBeUndefined();
    expect(sent?.headers["x-external-version"]).toBe(item("42").revision);
  });

  it("are no matter of lists, but for what all calls have", async () => {
    const options: Options = { headers: { "if-none-match": "{{callId}}" } };
    await downstream().invoke(batch(["1", "2"], { options }), context);
    expect(server().last.headers["if-none-match"]).toBe(upsert().callId);
  });
});

it("are refused where a call cannot say them", () => {
  const problems = (options: Options, more = {}) =>
    http({ baseUrl: "https://a.example", strategyHeaders: allowed })
      .checkStrategy?.(strategy({ options, ...more }))
      .map(({ at, message }) => `${at} ${message}`);
  const ofRow: Options = { headers: { "if-match": "{{document.etag}}" } };
  const list = { batch: 10, path: "/orders" };
  expect(problems(ofRow)).toEqual([]);
  expect(problems(ofRow, list)).toEqual([
    "options.headers.if-match {{document.etag}} has no single value in a call of many items: it belongs to `item`",
  ]);
  expect(problems(ofRow, { whenAbsent: "delete" })).toEqual([
    "options.headers.if-match {{document.etag}} is not known of a delete, which has only its key (orderId): say in `options.delete.headers` what a delete sends, or null",
  ]);
  for (const value of [null, "*", "{{revision}}"])
    expect(problems({ ...ofRow, delete: { headers: { "If-Match": value } } }, { whenAbsent: "delete" })).toEqual([]);
  expect(problems({ headers: { "if-match": "{{version}}" } })).toEqual([
    "options.headers.if-match {{version}} needs the strategy's `versionColumn`",
  ]);
  expect(problems({ headers: { "if-match": "{{etag}} {{document}} {{key.orderId|text}} {{" } })).toHaveLength(4);
  const version = { header: "etag" };
  expect(problems({ onConflict: { version } }, list)).toEqual([
    "options.onConflict is of single calls: of a list, `answer.items.map` says what an item's 409 or 412 means",
  ]);
  expect(problems({ onConflict: {} })).toEqual([
    "options.onConflict needs `version` or `read`: nothing else says what the downstream has",
  ]);
  expect(problems({ onConflict: { version, compare: "version" } })).toEqual([
    "options.onConflict.compare needs the strategy's `versionColumn`",
  ]);
  expect(problems({ onConflict: { read: { version } } }, { path: "/orders" })).toEqual([
    "options.onConflict.read.path is missing: the strategy's path does not name the whole key",
  ]);
  expect(problems({ onConflict: { read: { path: "/orders/{total}", version } } })).toEqual([
    "options.onConflict.read.path {total} is no field of the key (orderId)",
  ]);
});
