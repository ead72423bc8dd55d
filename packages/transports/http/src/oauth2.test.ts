import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { ScriptedServer } from "./testing/server.ts";

const accepted = { status: "accepted" };
const bomb = gzipSync(Buffer.alloc(64 << 20, 0x20));

function pour(answer: ServerResponse): void {
  while (!answer.destroyed) if (!answer.write(" ".repeat(65_536))) return void answer.once("drain", () => pour(answer));
}

eachEngine("OAuth2 client credentials", ({ server, downstream, answering }) => {
  let tokens: ScriptedServer;
  let granted: string[];
  beforeEach(async () => {
    granted = [];
    tokens = await ScriptedServer.start();
    tokens.script = (_request, answer) => {
      granted.push(`token-${granted.length + 1}-planted-secret`);
      answer.end(JSON.stringify({ access_token: granted.at(-1), token_type: "Bearer", expires_in: 3600 }));
    };
  });
  afterEach(() => tokens.stop());

  const secured = (more: object = {}) =>
    downstream({
      auth: {
        oauth2: {
          tokenUrl: `${tokens.url}/token?tenant=a`,
          clientId: "me:too",
          clientSecret: "p&ss wörd",
          ...more,
        },
      },
    });

  it("asks once for many calls that wait, and keeps the token", async () => {
    const invoker = secured({ scope: "orders", audience: "crm" });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => invoker.invoke(upsert(), given().context)));
    expect(outcomes).toEqual(outcomes.map(() => accepted));
    expect(tokens.received).toHaveLength(1);
    expect(new Set(server().received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${granted[0]}`]),
    );
    const { method, url, text, headers } = tokens.last;
    expect([method, url]).toEqual(["POST", "/token?tenant=a"]);
    expect(Object.fromEntries(new URLSearchParams(text))).toEqual({
      grant_type: "client_credentials",
      scope: "orders",
      audience: "crm",
    });
    // RFC 6749 §2.3.1: form-encoded before they are joined.
    const basic = Buffer.from("me%3Atoo:p%26ss+w%C3%B6rd").toString("base64");
    expect(headers.authorization).toBe(`Basic ${basic}`);
  });

  it("puts the credentials into the body where the server wants them there", async () => {
    expect(await secured({ style: "post" }).invoke(upsert(), given().context)).toEqual(accepted);
    expect(tokens.last.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(tokens.last.text))).toMatchObject({
      client_id: "me:too",
      client_secret: "p&ss wörd",
    });
  });

  it.each([401, 440, 498])(
    "takes one fresh token when the downstream refuses the old one by %i, and sends the call again",
    async (status) => {
      const invoker = secured();
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      server().script = ({ headers }, answer) => {
        answer.writeHead(headers.authorization === `Bearer ${granted[1]}` ? 200 : status).end();
      };
      const both = await Promise.all([1, 2].map(() => invoker.invoke(upsert(), given().context)));
      expect(both).toEqual([accepted, accepted]);
      expect(tokens.received).toHaveLength(2);
    },
  );

  it("is unauthorized when a fresh token is refused too, after one more attempt", async () => {
    answering(401);
    const found = failureOf(await secured().invoke(upsert(), given().context));
    expect(found).toMatchObject({ kind: "unauthorized", code: "http.401", effect: "no" });
    expect(server().received).toHaveLength(2);
    expect(tokens.received).toHaveLength(2);
  });

  it("does not send again what other credentials were refused for", async () => {
    answering(401);
    await downstream({ auth: { bearer: "planted-secret" } }).invoke(upsert(), given().context);
    expect(server().received).toHaveLength(1);
  });

  describe("with a secret that is rotated in its file", () => {
    let file: string;
    let valid: string;
    let seen: string[];
    beforeEach(async () => {
      const folder = await mkdtemp(join(tmpdir(), "rotated-"));
      file = join(folder, "secret");
      valid = "old";
      seen = [];
      await writeFile(file, "old");
      server().script = ({ headers }, answer) => {
        answer.writeHead(headers.authorization === `Bearer token-${valid}` ? 200 : 401).end();
      };
      return () => rm(folder, { recursive: true });
    });

    /** How a token endpoint refuses a secret. */
    const refusals: readonly (readonly [string, (answer: ServerResponse) => void])[] = [
      ["401", (answer) => answer.writeHead(401).end('{"error":"invalid_client"}')],
      ["400", (answer) => answer.writeHead(400).end('{"error":"invalid_client"}')],
      ["403 and HTML", (answer) => answer.writeHead(403).end("<html>")],
      ["an error in a 200", (answer) => answer.end('{"error":"incorrect_client_credentials"}')],
      ["500", (answer) => answer.writeHead(500).end()],
      ["a dropped connection", (answer) => answer.destroy()],
    ];

    const opened = (style: string, refuse: (answer: ServerResponse) => void, expires_in = 3600) => {
      tokens.script = ({ headers, text }, answer) => {
        const basic = Buffer.from(String(headers.authorization).slice("Basic ".length), "base64").toString();
        const given = style === "post" ? new URLSearchParams(text).get("client_secret") : basic.split(":")[1];
        seen.push(String(given));
        if (given === valid) answer.end(JSON.stringify({ access_token: `token-${valid}`, expires_in }));
        else refuse(answer);
      };
      return secured({ clientSecret: `file:${file}`, style });
    };

    it.each(refusals)("reads it again once the token endpoint has answered the old one with %s", async (_, refuse) => {
      for (const style of ["basic", "post"]) {
        valid = "old";
        await writeFile(file, "old");
        const invoker = opened(style, refuse);
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        valid = "new";
        for (let call = 0; call < 2; call += 1)
          expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "no" });
        await writeFile(file, "new");
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      }
      expect(new Set(seen)).toEqual(new Set(["old", "new"]));
    });

    it("loses no call where the file was changed before the old one is refused", async () => {
      vi.useFakeTimers({ toFake: ["performance"] });
      try {
        const invoker = opened("basic", (answer) => answer.writeHead(401).end());
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        valid = "new";
        await writeFile(file, "new");
        vi.advanceTimersByTime(3_600_000);
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        expect(seen).toEqual(["old", "old", "new"]);
      } finally {
        vi.useRealTimers();
      }
    });

    it("asks once more at most", async () => {
      const invoker = opened("basic", (answer) => answer.writeHead(401).end());
      valid = "other";
      expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ kind: "unauthorized" });
      expect(seen).toEqual(["old"]);
    });
  });

  it("renews a token before its end", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const invoker = secured();
      await invoker.invoke(upsert(), given().context);
      vi.advanceTimersByTime(3_569_000);
      await invoker.invoke(upsert(), given().context);
      expect(tokens.received).toHaveLength(1);
      vi.advanceTimersByTime(2_000);
      await invoker.invoke(upsert(), given().context);
      expect(tokens.received).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each<[number, object, string, string | RegExp]>([
    [400, { error: "invalid_client" }, "unauthorized", "(invalid_client)"],
    [401, { error: "invalid_client" }, "unauthorized", "401"],
    [400, { error: "sk_live_secret" }, "unauthorized", /answered 400$/],
    [429, {}, "throttled", "429"],
    [500, {}, "unavailable", "500"],
    [200, {}, "misconfigured", "access_token"],
    [200, { access_token: "x\r\ny" }, "misconfigured", "access_token"],
  ])("comes to what a token endpoint that answers %i %j means", async (status, body, kind, words) => {
    tokens.script = (_request, answer) => answer.writeHead(status).end(JSON.stringify(body));
    const found = failureOf(await secured().invoke(upsert(), given().context));
    expect(found).toMatchObject({ kind, code: "http.token", effect: "no" });
    if (typeof words === "string") expect(found.message).toContain(words);
    else expect(found.message).toMatch(words);
    expect(server().received).toEqual([]);
  });

  it.each<[string, ScriptedServer["script"]]>([
    ["HTML", (_, answer) => answer.end("<html>log in</html>")],
    ["a token of 10 MB", (_, answer) => answer.end(JSON.stringify({ access_token: "x".repeat(10_000_000) }))],
    [
      "a token that no header can hold",
      (_, answer) => answer.end(JSON.stringify({ access_token: "x".repeat(20_000) })),
    ],
    ["a token with line breaks", (_, answer) => answer.end(JSON.stringify({ access_token: "a\r\nx-evil: 1" }))],
    ["a token beyond ASCII", (_, answer) => answer.end(JSON.stringify({ access_token: "tökén" }))],
    ["an object for a token", (_, answer) => answer.end(JSON.stringify({ access_token: { a: 1 } }))],
    ["a list", (_, answer) => answer.end("[]")],
    ["levels without end", (_, answer) => answer.end("[".repeat(60_000))],
    ["a token of another type", (_, answer) => answer.end(JSON.stringify({ access_token: "a", token_type: "mac" }))],
    ["a type that is none", (_, answer) => answer.end(JSON.stringify({ access_token: "a", token_type: ["x"] }))],
    ["what is compressed", (_, answer) => answer.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("{}"))],
    ["a bomb", (_, answer) => answer.writeHead(200, { "content-encoding": "gzip" }).end(bomb)],
    ["a redirect to elsewhere", (_, answer) => answer.writeHead(307, { location: "http://127.0.0.1:9/token" }).end()],
    ["a body without end", (_, answer) => pour(answer)],
    ["nothing", (_, answer) => answer.writeHead(204).end()],
    [
      "words with secrets",
      (_, answer) =>
        answer
          .writeHead(400)
          .end(JSON.stringify({ error: "a\u001b[31m", error_description: "words-of-theirs", error_uri: "x" })),
    ],
  ])(
    "gives no call to the downstream when the token endpoint tells %s, and works when it is mended",
    async (_, lie) => {
      const told = tokens.script;
      tokens.script = lie;
      const invoker = secured();
      const { kind, code, effect, message } = failureOf(await invoker.invoke(upsert(), given().context));
      expect({ code, effect }).toEqual({ code: "http.token", effect: "no" });
      expect(["misconfigured", "unauthorized"]).toContain(kind);
      expect(message).toMatch(/^[\x20-\x7e]{1,200}$/);
      expect(message).not.toContain("theirs");
      expect(server().received).toEqual([]);
      expect(tokens.received).toHaveLength(1);
      tokens.script = told;
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
    },
  );

  it.each([1e-300, 0.001, 0, -1, -1e308, 1e308, "1e999", "NaN", "soon", null, [], {}, true, "0x10"])(
    "is not asked again for every call when it says that its token lives %j seconds",
    async (expires_in) => {
      tokens.script = (_request, answer) => answer.end(JSON.stringify({ access_token: "token-1", expires_in }));
      const invoker = secured();
      for (let call = 0; call < 20; call += 1)
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      // A busy machine may take longer than the second that a token is kept at least.
      expect(tokens.received.length).toBeLessThan(10);
    },
  );

  it("is unavailable while the token endpoint is, and works when it is back", async () => {
    const invoker = secured();
    tokens.script = (_request, answer) => answer.destroy();
    expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({ effect: "no" });
    tokens.script = (_request, answer) => answer.end(JSON.stringify({ access_token: "fresh-one" }));
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
  });

  it("lets a call go that is given up while it waits for the token", async () => {
    tokens.script = () => {};
    const { context, controller } = given();
    const waiting = secured().invoke(upsert(), context);
    await vi.waitUntil(() => tokens.received.length === 1);
    controller.abort();
    expect(failureOf(await waiting)).toMatchObject({ kind: "cancelled", effect: "no" });
  });

  it("shows no token and no secret, even where the downstream repeats it", async () => {
    server().script = ({ headers }, answer) => {
      answer.writeHead(422).end(JSON.stringify({ error: `no: ${headers.authorization}` }));
    };
    const call = upsert({ options: { answer: { message: "error" } } });
    const found = failureOf(await secured().invoke(call, given().context));
    expect(found.message).toContain("[secret]");
    expect(JSON.stringify(found)).not.toContain("planted-secret");
  });
});

describe("a token that is signed by somebody else's code", () => {
  eachEngine("an interceptor", ({ server, downstream }) => {
    it("sees method, path, headers and body as they go out, and may add to them", async () => {
      const invoker = downstream({
        configure: ({ interceptors }) => {
          interceptors.request.use((config) => {
            const { method, url, data, headers } = config;
            headers.set(
              "x-signature",
              `AWS4 ${method?.toUpperCase()} ${url} ${headers["idempotency-key"]} ${String(data).length}`,
            );
            return config;
          });
        },
      });
      expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      const { text, headers } = server().last;
      expect(headers["x-signature"]).toBe(`AWS4 PUT /orders/42 call-1 ${text.length}`);
    });
  });
});
