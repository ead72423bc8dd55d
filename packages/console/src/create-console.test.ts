import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createConsole } from "./create-console.ts";
import type { ConsoleOptions, ConsolePipeline } from "./options.ts";
import { BrowserLike } from "./testing/browser-like.ts";
import { stubPipeline } from "./testing/stub-pipeline.ts";

const operator = "planted-secret-operator";
const reader = "planted-secret-reader";
const auth = {
  tokens: [
    { name: "ada", role: "operator", token: operator },
    { name: "bob", role: "reader", token: reader },
  ],
} as const;
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function open(more: Partial<ConsolePipeline> = {}, options: Partial<ConsoleOptions> = {}) {
  const { pipeline, done, emit } = stubPipeline(more);
  const console = createConsole({ pipelines: { shop: pipeline }, auth, log: { error: () => {} }, ...options });
  opened.push(console);
  const { url } = await console.listen({ port: 0 });
  return { url, done, emit, browser: new BrowserLike(url) };
}

const crm = { strategy: "crm", reason: "the API is mended" };

describe("who may", () => {
  it("nobody without a session sees or does anything", async () => {
    const { browser, done } = await open();
    for (const path of ["session", "pipelines/shop/overview", "pipelines/shop/news", "pipelines/shop/causes"])
      expect(await browser.get(path)).toMatchObject({ status: 401, document: { error: { code: "login.required" } } });
    expect((await browser.post("pipelines/shop/actions/pause", crm)).status).toBe(401);
    expect(done).toEqual([]);
  });

  it("a token opens a session whose cookie no script reads and no other site sends", async () => {
    const { browser } = await open();
    const { status, headers } = await browser.login(operator);
    expect(status).toBe(200);
    expect(headers.get("set-cookie")).toMatch(/^syncline_console=[\w-]{43}; HttpOnly; SameSite=Strict$/);
    expect((await browser.get("session")).document).toMatchObject({ actor: "ada", role: "operator", preview: true });
    // By the origin: a proxy in front may speak TLS for us.
    const behind = await browser.post(
      "login",
      { token: operator },
      { origin: browser.url.replace("http:", "https:").slice(0, -1) },
    );
    expect(behind.headers.get("set-cookie")).toContain("; Secure");
  });

  it("a reader sees, and neither changes anything nor sees rows", async () => {
    const { browser, done } = await open();
    await browser.login(reader);
    expect((await browser.get("pipelines/shop/overview")).status).toBe(200);
    expect((await browser.post("pipelines/shop/explain", { category: "order", condition: { id: 1 } })).status).toBe(
      200,
    );
    done.length = 0;
    for (const action of ["requeue", "discard", "pause", "resume", "backfill", "make-live"])
      expect(await browser.post(`pipelines/shop/actions/${action}`, crm)).toMatchObject({
        status: 403,
        document: { error: { code: "role.refused" } },
      });
    expect((await browser.post("pipelines/shop/preview", { strategy: "crm", condition: { id: 1 } })).status).toBe(403);
    expect((await browser.get("pipelines/shop/shadows/crm")).status).toBe(403);
    expect((await browser.get("pipelines/shop/calls")).status).toBe(403);
    expect((await browser.get("pipelines/shop/calls/1")).status).toBe(403);
    expect(done).toEqual([]);
  });

  it("previews can be for readers, or for nobody", async () => {
    const asked = { strategy: "crm", condition: { id: 1 } };
    const open1 = await open({}, { preview: "reader" });
    await open1.browser.login(reader);
    expect((await open1.browser.post("pipelines/shop/preview", asked)).status).toBe(200);
    const open2 = await open({}, { preview: "nobody" });
    await open2.browser.login(operator);
    expect((await open2.browser.post("pipelines/shop/preview", asked)).status).toBe(404);
    expect((await open2.browser.get("session")).document).toMatchObject({ preview: false });
  });

  it("logging out ends the session, also for whoever has copied the cookie", async () => {
    const { browser, url } = await open();
    await browser.login(operator);
    const { cookie } = browser;
    await browser.post("logout", {});
    const copy = new BrowserLike(url);
    expect((await copy.get("session", { cookie })).status).toBe(401);
  });

  it("whoever guesses waits, and the right token too", async () => {
    const { browser } = await open();
    for (let guess = 0; guess < 10; guess += 1)
      expect((await browser.post("login", { token: `wrong-${guess}-wrong-wrong` })).status).toBe(401);
    const limited = await browser.post("login", { token: operator });
    expect(limited).toMatchObject({ status: 429, document: { error: { code: "login.limited" } } });
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await browser.get("session", { authorization: `Bearer ${operator}` })).status).toBe(429);
  });

  it("a script names its token, without a session", async () => {
    const { browser, done } = await open();
    const headers = { authorization: `Bearer ${operator}`, origin: "" };
    expect((await browser.post("pipelines/shop/actions/pause", crm, headers)).status).toBe(200);
    expect(done).toContainEqual(["pause", "crm", { actor: "ada", reason: "the API is mended" }]);
  });

  it("the application's own login decides, and what it throws is nobody", async () => {
    const { browser } = await open(
      {},
      {
        auth: ({ headers }) => {
          if (headers["x-user"] === "broken") throw new Error("no");
          return headers["x-user"] === "eve" ? { actor: "eve", role: "reader" } : undefined;
        },
      },
    );
    expect((await browser.get("session", { "x-user": "eve" })).document).toMatchObject({ actor: "eve", logout: false });
    expect((await browser.get("session", { "x-user": "broken" })).status).toBe(401);
    expect((await browser.get("session")).status).toBe(401);
    expect((await browser.post("login", { token: operator })).status).toBe(404);
    expect((await browser.post("pipelines/shop/actions/pause", crm, { "x-user": "eve" })).status).toBe(403);
  });
});

describe("what a page of another site sends", () => {
  it.each([
    ["another origin", { origin: "https://evil.example" }],
    ["no origin", { origin: "" }],
    ["null as its origin", { origin: "null" }],
    ["what the browser calls another site", { "sec-fetch-site": "cross-site" }],
    ["no proof", { "x-syncline-proof": "" }],
    ["another proof", { "x-syncline-proof": "x".repeat(43) }],
  ])("is refused with %s", async (_, headers) => {
    const { browser, done } = await open();
    await browser.login(operator);
    expect((await browser.post("pipelines/shop/actions/pause", crm, headers)).status).toBe(403);
    expect(done.filter(([name]) => name === "pause")).toEqual([]);
  });

  it("is refused as a form, and logs nobody in", async () => {
    const { browser } = await open();
    const form = { "content-type": "text/plain" };
    expect((await browser.post("login", JSON.stringify({ token: operator }), form)).status).toBe(415);
    expect((await browser.post("login", { token: operator }, { origin: "https://evil.example" })).status).toBe(403);
  });

  it("another site whose name leads to this machine is not let in", async () => {
    const { url } = await open();
    const status = await new Promise((resolve, reject) =>
      request(url, { headers: { host: "evil.example" } }, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end(),
    );
    expect(status).toBe(421);
  });

  it("a proxy's own origin is ours where it is named", async () => {
    const { browser } = await open({}, { origins: ["https://ops.example.com"] });
    expect((await browser.post("login", { token: operator }, { origin: "https://ops.example.com" })).status).toBe(200);
  });
});

describe("files", () => {
  it("come with a policy without anything inline, and are asked for again by their ETag", async () => {
    const { url } = await open();
    for (const [file, type] of [
      ["", "text/html"],
      ["app.js", "text/javascript"],
      ["app.css", "text/css"],
      ["icon.svg", "image/svg+xml"],
    ] as const) {
      const first = await fetch(url + file);
      expect(first.status).toBe(200);
      expect(first.headers.get("content-type")).toContain(type);
      const policy = first.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(policy).toContain("frame-ancestors 'none'");
      const again = await fetch(url + file, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
      expect(again.status).toBe(304);
    }
    const page = await (await fetch(url)).text();
    expect(page).not.toMatch(/<script(?![^>]*src=)|style=|\son\w+=|(src|href)="\//);
    expect((await fetch(`${url}../etc/passwd`)).status).toBe(404);
  });
});

describe("the API", () => {
  it("acts with who and why, and refuses to act without a reason", async () => {
    const { browser, done } = await open();
    await browser.login(operator);
    const by = { actor: "ada", reason: "mended" };
    const act = (action: string, body: object) => browser.post(`pipelines/shop/actions/${action}`, body);
    expect((await act("requeue", { ids: ["1"] })).status).toBe(400);
    expect((await act("requeue", { ids: ["1"], reason: "  " })).status).toBe(400);
    expect(done).toEqual([]);
    const cause = { strategy: "crm", kind: "rejected", code: "http.422" };
    expect((await act("requeue", { ...cause, reason: "mended" })).document).toEqual({ state: "done", count: 2 });
    await act("discard", { ids: ["1", "2"], reason: "mended" });
    await act("pause", { strategy: "crm", reason: "mended" });
    await act("resume", { strategy: "crm", reason: "mended" });
    expect((await act("backfill", { strategy: "crm", reason: "mended" })).document).toEqual({
      state: "done",
      count: 7,
    });
    expect(done).toEqual([
      ["requeue", cause, by],
      ["discard", { ids: ["1", "2"] }, by],
      ["pause", "crm", by],
      ["resume", "crm", by],
      ["backfill", "crm", undefined, by],
    ]);
  });

  it.each([
    ["a selection that would be everything", "requeue", {}],
    ["an empty list", "discard", { ids: [] }],
    ["both ids and a filter", "discard", { ids: ["1"], strategy: "crm" }],
    ["ids that are none", "discard", { ids: ["1 OR 1=1"] }],
    ["what it does not know", "discard", { strategi: "crm" }],
    ["a strategy that is no text", "pause", { strategy: { $ne: "" } }],
  ])("refuses %s", async (_, action, body) => {
    const { browser, done } = await open();
    await browser.login(operator);
    const answer = await browser.post(`pipelines/shop/actions/${action}`, { ...body, reason: "x" });
    expect(answer).toMatchObject({ status: 400, document: { error: { code: "body.invalid" } } });
    expect(done).toEqual([]);
  });

  it("refuses bodies that are large, broken or no object, and pages that are too large", async () => {
    const { browser } = await open();
    await browser.login(operator);
    const explain = (body: unknown) => browser.post("pipelines/shop/explain", body);
    expect((await explain({ category: "x".repeat(70_000), condition: {} })).status).toBe(413);
    expect((await explain("{")).status).toBe(400);
    expect((await explain([])).status).toBe(400);
    expect((await explain({ category: "order", condition: { a: { b: 1 } } })).status).toBe(400);
    expect((await browser.post("pipelines/shop/dead-letters", { limit: 100_000 })).status).toBe(400);
    expect((await browser.get("pipelines/shop/strategies?limit=1000")).status).toBe(400);
    expect((await browser.get("pipelines/other/overview")).status).toBe(404);
    expect((await browser.get("pipelines/shop/actions/pause")).status).toBe(405);
  });

  it("one look at the database serves all who ask", async () => {
    const { browser, done } = await open();
    await browser.login(reader);
    await Promise.all(Array.from({ length: 20 }, () => browser.get("pipelines/shop/overview")));
    await browser.get("pipelines/shop/strategies");
    expect(done.filter(([name]) => name === "status")).toHaveLength(1);
  });

  it("a database that hangs is asked for no more than it has places, and others are told", async () => {
    let asked = 0;
    const hangs = async (): Promise<never> => {
      asked += 1;
      return await new Promise(() => {});
    };
    const { browser } = await open({ explain: hangs, status: hangs }, { timeoutMs: 100 });
    await browser.login(reader);
    const explain = () => browser.post("pipelines/shop/explain", { category: "order", condition: {} });
    const answers = await Promise.all(Array.from({ length: 10 }, explain));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503, 504]));
    expect((await explain()).status).toBe(503);
    expect(asked).toBe(2);
    for (let turn = 0; turn < 3; turn += 1) expect((await browser.get("pipelines/shop/overview")).status).toBe(504);
    expect(asked).toBe(3);
  });

  it("an unexpected error is told without its words", async () => {
    const told: unknown[] = [];
    const { browser } = await open(
      { explain: () => Promise.reject(new Error("password=planted-secret-database")) },
      { log: { error: (fields) => void told.push(fields) } },
    );
    await browser.login(reader);
    const answer = await browser.post("pipelines/shop/explain", { category: "order", condition: {} });
    expect(answer).toMatchObject({ status: 500, document: { error: { code: "unexpected" } } });
    expect(JSON.stringify(answer.document)).not.toContain("planted-secret");
    expect(told).toHaveLength(1);
  });

  it("strategies are filtered, ordered and paged by the server, with what is wrong first", async () => {
    const backlog = { due: 0, blocked: 0, waiting: 0, leased: 0, dead: 0, held: 0, oldestAgeMs: 0, paused: false };
    const names = Array.from({ length: 500 }, (_, at) => `strategy-${String(at).padStart(3, "0")}`);
    const { browser } = await open({
      strategies: async () =>
        names.map((name) => ({ name, category: "order", downstream: "crm", mode: "live" }) as const),
      status: async () => ({
        changes: 0,
        oldestChangeAgeMs: 0,
        refused: 0,
        strategies: [
          { ...backlog, strategy: "strategy-400", dead: 3 },
          { ...backlog, strategy: "strategy-300", paused: true, due: 9 },
        ],
      }),
      health: () => ({
        live: true,
        ready: true,
        problems: [
          {
            part: "strategy strategy-200",
            severity: "error",
            since: "2026-01-01T00:00:00.000Z",
            code: "http.503",
            message: "down",
          },
        ],
      }),
    });
    await browser.login(reader);
    const list = async (query: string) => {
      const { document } = await browser.get(`pipelines/shop/strategies?${query}`);
      const { items, matching, total } = document as never as {
        items: { name: string }[];
        matching: number;
        total: number;
      };
      return { names: items.map(({ name }) => name), matching, total };
    };
    const first = await list("limit=4");
    expect(first).toEqual({
      names: ["strategy-200", "strategy-400", "strategy-300", "strategy-000"],
      matching: 500,
      total: 500,
    });
    expect(await list("search=STRATEGY-49&sort=name&limit=2&offset=3")).toMatchObject({
      names: ["strategy-493", "strategy-494"],
      matching: 10,
    });
    expect((await list("level=paused")).names).toEqual(["strategy-300"]);
  });

  it("errors and deliveries of this process are counted, and silence is not zero", async () => {
    let ready = false;
    const { browser, emit } = await open({ health: () => ({ live: true, ready, problems: [] }) }, { refreshMs: 100 });
    await browser.login(reader);
    const history = async () => {
      const { document } = await browser.get("pipelines/shop/strategies/crm");
      return (document as never as { items: { history: { delivered: number[]; failed: number[] } }[] }).items[0]
        ?.history;
    };
    expect((await history())?.delivered.at(-1)).toBe(null);
    ready = true;
    emit("delivered", { strategy: "crm", items: [{}, {}] });
    emit("retried", { strategy: "crm", failure: { code: "http.500", message: "" } });
    expect(await history()).toMatchObject({
      delivered: expect.arrayContaining([2]),
      failed: expect.arrayContaining([1]),
    });
  });
});
