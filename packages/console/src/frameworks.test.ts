import express from "express";
import fastify from "fastify";
import { afterAll, describe, expect, it } from "vitest";
import { createConsole } from "./create-console.ts";
import { BrowserLike, serve } from "./testing/browser-like.ts";
import { stubPipeline } from "./testing/stub-pipeline.ts";

const token = "planted-secret-operator";
const auth = { tokens: [{ name: "ada", role: "operator", token }] } as const;
const consoles: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const each of consoles) await each.close();
});

function consoleWith(prefix?: string) {
  const { pipeline, done } = stubPipeline();
  const made = createConsole({ pipelines: { shop: pipeline }, auth, ...(prefix === undefined ? {} : { prefix }) });
  consoles.push(made);
  return { console: made, done };
}

/** What a browser does with a link to it: the page, its files, a login, and an action. */
async function expectItWorks(origin: string, done: readonly (readonly unknown[])[]): Promise<void> {
  const page = await fetch(`${origin}/ops`);
  expect(page.url).toBe(`${origin}/ops/`);
  const [, script = ""] = /src="([^"]+)"/.exec(await page.text()) ?? [];
  expect((await fetch(new URL(script, page.url))).headers.get("content-type")).toContain("javascript");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const browser = new BrowserLike(`${origin}/ops/`);
  expect((await browser.login(token)).status).toBe(200);
  const body = { strategy: "crm", reason: "planned work" };
  expect(await browser.post("pipelines/shop/actions/pause", body)).toMatchObject({ status: 200 });
  expect(done).toContainEqual(["pause", "crm", { actor: "ada", reason: "planned work" }]);
}

describe("the console hangs in", () => {
  it("an Express application, beside its other routes and behind its body parser", async () => {
    const { console, done } = consoleWith();
    const application = express();
    application.use(express.json());
    application.use("/ops", console);
    application.get("/ops/other", (_, response) => void response.send("mine"));
    await using server = await serve(application);
    await expectItWorks(server.origin, done);
    const other = await fetch(`${server.origin}/ops/other`);
    expect(await other.text()).toBe("mine");
    expect(other.headers.get("content-security-policy")).toBeNull();
  });

  it("a Fastify application", async () => {
    const { console, done } = consoleWith("/ops");
    const application = fastify();
    await application.register(async (scope) => {
      // The console reads its bodies itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
      for (const url of ["/ops", "/ops/*"])
        scope.all(url, (request, reply) => {
          reply.hijack();
          console(request.raw, reply.raw);
        });
    });
    application.get("/other", async () => "mine");
    const origin = await application.listen({ port: 0, host: "127.0.0.1" });
    await expectItWorks(origin, done);
    expect(await (await fetch(`${origin}/other`)).text()).toBe("mine");
    await application.close();
  });

  it("a server of Node's behind a proxy that takes the prefix away", async () => {
    const { console, done } = consoleWith();
    await using server = await serve((request, response) => {
      request.url = request.url?.replace(/^\/ops/, "") || "/";
      console(request, response);
    });
    const browser = new BrowserLike(`${server.origin}/ops/`);
    await browser.login(token);
    await browser.post("pipelines/shop/actions/resume", { strategy: "crm", reason: "done" });
    expect(done).toContainEqual(["resume", "crm", { actor: "ada", reason: "done" }]);
  });
});
