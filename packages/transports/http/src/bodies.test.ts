import type { SyncCall, WireValue } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { http } from "./http.ts";
import { batch, failureOf, given, gone, item, strategy, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const deletes = (ids: readonly string[], options: object, path = "/orders"): SyncCall =>
  batch(ids, {
    operation: "delete",
    path,
    options: options as SyncCall["options"],
    items: ids.map((id) => item(id, null)),
  });
const lists = (ids: readonly string[], options: object) => batch(ids, { options: options as SyncCall["options"] });

eachEngine("bodies as data", ({ server, downstream }) => {
  const sent = async (call: SyncCall) => {
    const outcome = await downstream().invoke(call, given().context);
    if (outcome.status !== "accepted") return outcome;
    const { method, url, headers, text } = server().last;
    return { method, url, type: headers["content-type"], body: text };
  };
  const json = async (call: SyncCall) => {
    const request = await sent(call);
    return "body" in request ? { ...request, body: JSON.parse(request.body) as unknown } : request;
  };

  it("are made of their items, each by its template", async () => {
    const options = {
      item: { id: "{{position|text}}", method: "PATCH", url: "/users/{{key.orderId|segment}}", body: "{{document}}" },
      body: { requests: "{{items}}", of: "{{count}}", call: "{{callId}}" },
    };
    expect(await json(lists(["a b", "2"], options))).toMatchObject({
      method: "POST",
      type: "application/json",
      body: {
        requests: [
          { id: "0", method: "PATCH", url: "/users/a%20b", body: { id: "a b", total: "12.50" } },
          { id: "1", method: "PATCH", url: "/users/2", body: { id: "2", total: "12.50" } },
        ],
        of: 2,
        call: "call-1",
      },
    });
  });

  it("of one item are one template", async () => {
    const options = { body: { query: "mutation($o: In!) { set(o: $o) { id } }", variables: { o: "{{document}}" } } };
    const call = upsert({ options, path: "/graphql", method: "POST", items: [item("42", { a: '"}) { x }' })] });
    expect((await json(call)) as object).toMatchObject({
      body: { ...options.body, variables: { o: { a: '"}) { x }' } } },
    });
  });

  it("are lines, an action and a document for each item", async () => {
    const lines = [{ index: { _id: "{{key.orderId}}" } }, "{{document}}"];
    const request = await sent(lists(["1\n2", "3"], { format: "ndjson", lines }));
    expect(request).toMatchObject({ type: "application/x-ndjson" });
    expect("body" in request && request.body.split("\n").map((line) => (line === "" ? "" : JSON.parse(line)))).toEqual([
      { index: { _id: "1\n2" } },
      { id: "1\n2", total: "12.50" },
      { index: { _id: "3" } },
      { id: "3", total: "12.50" },
      "",
    ]);
  });

  it("are forms and XML", async () => {
    const document = { name: "A&B", lines: [{ sku: "x" }] };
    const one = (options: SyncCall["options"]) => upsert({ options, items: [item("42", document)] });
    expect(await sent(one({ format: "form" }))).toMatchObject({
      type: "application/x-www-form-urlencoded",
      body: "name=A%26B&lines[0][sku]=x",
    });
    expect(
      await sent(one({ format: "form", form: { lists: "brackets" }, body: { order: "{{document}}" } })),
    ).toMatchObject({
      body: "order[name]=A%26B&order[lines][][sku]=x",
    });
    expect(await sent(one({ format: "xml", xml: { root: "Order" } }))).toMatchObject({
      type: "application/xml",
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<Order><name>A&#38;B</name><lines><sku>x</sku></lines></Order>',
    });
    expect(await sent(lists(["1", "2"], { format: "xml", xml: { root: "Orders", item: "Order" } }))).toMatchObject({
      body: expect.stringContaining("<Orders><Order><id>1</id><total>12.50</total></Order><Order><id>2</id>"),
    });
  });

  it("fail for the items that cannot be written, and for no other", async () => {
    const items = ["1", "2", "3"].map((id) => item(id, id === "2" ? { other: 1 } : { name: `n${id}`, bell: "\u0007" }));
    const named = { item: { name: "{{document.name}}" } };
    const ofName = await downstream().invoke(batch(["1"], { options: named, items }), given().context);
    expect(ofName).toMatchObject({
      status: "unsendable",
      failures: [{ index: 1, failure: { kind: "rejected", code: "http.body", effect: "no" } }],
    });
    const xml = { format: "xml", xml: { root: "Orders" } } as const;
    const ofBell = await downstream().invoke(batch(["1"], { options: xml, items }), given().context);
    expect(ofBell).toMatchObject({ status: "unsendable", failures: [{ index: 0 }, { index: 2 }] });
    expect(server().received).toEqual([]);
  });

  describe("of deletes", () => {
    it("are of their own, in method, path, body and answer", async () => {
      server().script = (_request, answer) => void answer.writeHead(204).end();
      const options = {
        item: { id: "{{key.orderId}}", properties: "{{document}}" },
        body: { inputs: "{{items}}" },
        answer: { items: { path: "results", ok: { path: "new", in: [true, false] } } },
        delete: {
          method: "POST",
          path: "/orders/archive",
          item: "{{key.orderId|number}}",
          body: { ids: "{{items}}" },
          answer: { ok: { path: "status", in: ["done"] } },
        },
      };
      expect(await json(deletes(["1", "2"], options))).toMatchObject({
        method: "POST",
        url: "/orders/archive",
        body: { ids: [1, 2] },
      });
      server().script = (_request, answer) => void answer.end('{"status":"failed"}');
      expect(failureOf(await downstream().invoke(deletes(["1"], options), given().context))).toMatchObject({
        code: "http.body",
      });
    });

    it("go one by one where their path names the key, though upserts go as lists", async () => {
      const answer = { items: { path: "", ok: { path: "success", in: [true] } } };
      const options = { format: "ndjson", answer, delete: { path: "/orders/{orderId}", format: "json" } };
      const call = deletes(["a/b".replace("/", "-")], options, "/orders/import");
      expect(await sent(call)).toMatchObject({ method: "DELETE", url: "/orders/a-b", body: "", type: undefined });
      expect(server().last.headers["syncline-revision"]).toBe("7");
      server().script = (_request, answer) => void answer.writeHead(404).end();
      expect(await downstream().invoke(call, given().context)).toEqual({ status: "accepted" });
      const two = await downstream().invoke(deletes(["1", "2"], options, "/orders/import"), given().context);
      expect(failureOf(two)).toMatchObject({ kind: "misconfigured", code: "http.strategy", effect: "no" });
    });

    it("may have a body where one goes alone", async () => {
      const body = {
        query: "mutation($id: ID!) { del(id: $id) }",
        variables: { id: "gid://shop/Order/{{key.orderId}}" },
      };
      const call = gone({ path: "/graphql", options: { delete: { method: "POST", body } } });
      expect(await json(call)).toMatchObject({ method: "POST", body: { variables: { id: "gid://shop/Order/42" } } });
    });
  });

  describe("answers of lines", () => {
    const answer = {
      lines: true,
      items: { path: "", ok: { path: "success", in: [true] }, code: "code", message: "error" },
    };
    const call = lists(["1", "2", "3"], { format: "ndjson", answer });
    const judged = (body: string) => {
      server().script = (_request, response) => void response.end(body);
      return downstream().invoke(call, given().context);
    };

    it("are judged line by line", async () => {
      const ok = '{"success":true}';
      for (const text of [[ok, ok, ok].join("\n"), [ok, "", ok, ok, ""].join("\r\n")])
        expect(await judged(text)).toEqual({ status: "accepted" });
      expect(await judged([ok, '{"success":false,"code":400,"error":"bad"}', ok].join("\n"))).toMatchObject({
        status: "partial",
        failures: [{ index: 1, failure: { kind: "rejected", code: "http.item.400", message: "bad" } }],
      });
    });

    it.each([
      ["fewer than items", '{"success":true}\n{"success":true}'],
      ["none", ""],
      ["one that breaks off", '{"success":true}\n{"success":true}\n{"succ'],
      ["a page", "<html>\n</html>\nx"],
      ["far too many", '{"success":true}\n'.repeat(100_000)],
      ["one of a million brackets", `${"[".repeat(60_000)}\n{}\n{}`],
      ["deep ones", `${"[".repeat(9_000)}${"]".repeat(9_000)}\n`.repeat(3)],
    ])("are no success where they are %s", async (_, text) => {
      const outcome = await judged(text);
      expect(outcome.status).not.toBe("accepted");
    });
  });
});

describe("a strategy's bodies", () => {
  const check = (parts: Parameters<typeof strategy>[0]) =>
    http({ baseUrl: "https://crm.example.com/api" }).checkStrategy?.(
      strategy({ path: "/orders", method: "POST", ...parts }),
    ) ?? [];
  const places = (options: object, parts: object = {}) =>
    check({ batch: 10, options: options as { readonly [name: string]: WireValue }, ...parts }).map(({ at }) => at);
  const one = { batch: 1 };
  const gone = { whenAbsent: "delete" } as const;
  const byKey = { method: "POST", item: "{{key.orderId}}" };

  it.each<[object, object]>([
    [{ item: { a: "{{document}}" }, body: { all: "{{items}}" } }, {}],
    [{ body: { a: "{{key}}" } }, one],
    [{ item: { a: "{{version}}", d: "{{document}}" } }, { versionColumn: "v" }],
    [{ delete: { ...byKey, body: { ids: "{{items}}" } } }, gone],
    [{ delete: { path: "/orders/{orderId}" } }, { ...gone, deleteBatch: 1 }],
    [{ delete: { method: "POST", body: { id: "{{key.orderId}}" } } }, { ...gone, ...one }],
    [{ delete: { method: "DELETE", body: { id: "{{key.orderId}}" } } }, { ...gone, ...one }],
    [{ format: "xml", xml: { root: "a" }, headers: { "content-type": "text/xml" } }, {}],
    [{ format: "form", form: { lists: "repeat" } }, one],
  ])("may be %j", (options, parts) => {
    expect(places(options, parts)).toEqual([]);
  });

  it.each<[object, object, readonly string[]]>([
    [{ body: { all: "{{document}}" } }, {}, ["options.body", "options.body"]],
    [{ body: { all: 1 } }, {}, ["options.body"]],
    [{ item: { a: "{{items}}", k: "{{key}}" } }, {}, ["options.item"]],
    [{ item: { a: "{{revision}}" } }, {}, ["options.item"]],
    [{ item: { a: "{{key.customerId}}" } }, {}, ["options.item"]],
    [{ item: { a: "{{version}}", d: "{{document}}" } }, {}, ["options.item"]],
    [{ body: { a: 1 } }, one, ["options.body"]],
    [{ body: { a: "{{items}}" } }, one, ["options.body", "options.body"]],
    [{ body: "{{document}}", item: "{{document}}" }, one, ["options.item"]],
    [{ delete: { method: "POST", item: "{{document.id}}" } }, gone, ["options.delete.item", "options.delete.item"]],
    [{ delete: { method: "POST", item: "{{revision}}" } }, gone, ["options.delete.item"]],
    [{ delete: { method: "POST", body: { a: 1 } } }, { ...gone, ...one }, ["options.delete.body"]],
    [{ delete: { path: "/orders/{orderId}" } }, gone, ["options.delete.path"]],
    [
      { delete: { path: "/x/{orderId}", answer: { items: { path: "a", index: "b" } } } },
      { ...gone, deleteBatch: 1 },
      ["options.delete.answer.items"],
    ],
    [{ delete: byKey }, {}, ["options.delete"]],
    [{ delete: { method: "POST", items: [] } }, gone, ["options.delete.items"]],
    [{ item: "{{document}}", wrap: "a" }, {}, ["options.wrap"]],
    [{ item: "{{document}}", envelope: true }, {}, ["options.item"]],
    [{ lines: ["{{document}}"] }, {}, ["options.lines"]],
    [{ format: "ndjson", lines: [] }, {}, ["options.lines"]],
    [{ format: "ndjson", body: "{{items}}" }, {}, ["options.body"]],
    [{ format: "xml" }, {}, ["options.xml"]],
    [{ xml: { root: "a" } }, {}, ["options.xml"]],
    [
      { format: "xml", xml: { root: "1a", item: "x:y", namespace: "a b" } },
      {},
      ["options.xml.root", "options.xml.item", "options.xml.namespace"],
    ],
    [{ format: "xml", xml: { root: "a" }, item: "{{document.n|number}}" }, {}, ["options.item"]],
    [
      { format: "xml", xml: { root: "a" }, headers: { "content-type": "application/json" } },
      {},
      ["options.headers.content-type"],
    ],
    [{ format: "form", headers: { "content-type": "text/plain" } }, one, ["options.headers.content-type"]],
    [{ format: "form" }, {}, ["options.format"]],
    [{ form: {} }, {}, ["options.form"]],
    [{ answer: { lines: true } }, {}, ["options.answer.lines"]],
    [{ answer: { lines: true, items: { path: "a" } } }, {}, ["options.answer.lines"]],
    [{ answer: { lines: 1, items: { path: "" } } }, {}, ["options.answer.lines"]],
  ])("may not be %j", (options, parts, at) => {
    expect(places(options, parts)).toEqual(at);
  });
});
