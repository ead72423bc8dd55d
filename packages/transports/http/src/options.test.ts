import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { Secret, SecretKeeper } from "@syncline/core/transport-kit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { http } from "./http.ts";
import { checkHttpOptions, type HttpOptions } from "./options.ts";
import { failureOf, given, quiet, upsert } from "./testing/calls.ts";
import { ScriptedServer } from "./testing/server.ts";

describe("a downstream's options", () => {
  it("are all told at once, and never repeat a value", () => {
    const problems = checkHttpOptions({
      baseUrl: "https://user:planted-secret22@crm.example.com/?q#f",
      auth: { bearer: "planted-secret22\n", basic: { user: "a:b", password: "" } },
      headers: { "content-length": "planted-secret22", "x-a": "planted-secret22\u0001" },
      timeouts: { conectMs: 1 },
      answerBytes: -1,
      maxBytes: 0.5,
      gzip: "planted-secret22",
      statusKinds: { 200: "accepted", 404: "gone" },
      limits: { rate: { perSecond: 0 } },
      engine: "curl",
      retry: 3,
    });
    expect([...new Set(problems.map(({ at }) => at))].sort()).toEqual(
      [
        "baseUrl",
        "auth",
        "auth.bearer",
        "auth.basic.user",
        "auth.basic.password",
        "headers.content-length",
        "headers.x-a",
        "timeouts.conectMs",
        "answerBytes",
        "maxBytes",
        "gzip",
        "statusKinds.200",
        "statusKinds.404",
        "limits.rate.perSecond",
        "engine",
        "retry",
      ].sort(),
    );
    expect(JSON.stringify(problems)).not.toContain("planted-secret22");
  });

  it.each([undefined, null, "x", {}, { baseUrl: "ftp://a" }, { baseUrl: "http://169.254.169.254/latest" }])(
    "are refused: %j",
    (options) => {
      expect(checkHttpOptions(options)).not.toEqual([]);
    },
  );

  it("are fine", () => {
    const options: HttpOptions = {
      baseUrl: "http://crm.internal:8080/api",
      auth: { bearer: "env:CRM_TOKEN" },
      engine: "node",
    };
    expect(checkHttpOptions(options)).toEqual([]);
  });
});

describe("a secret", () => {
  let server: ScriptedServer;
  let folder: string;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    folder = await mkdtemp(join(tmpdir(), "syncline-http-"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const call = async (options: Partial<HttpOptions>) => {
    const invoker = http({ baseUrl: server.url, ...options }).open({ downstream: "crm", log: quiet });
    const outcome = await invoker.invoke(upsert(), given().context);
    await invoker.close?.();
    return outcome;
  };

  it("prints as [secret] wherever it is printed", () => {
    const secret = new Secret("planted-secret22");
    expect([String(secret), JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain("planted-secret22");
  });

  it("comes from the environment, a file, a function, or as it is", async () => {
    vi.stubEnv("CRM_TOKEN", "from-env");
    await writeFile(join(folder, "token"), "from-file\n");
    await call({ auth: { bearer: "env:CRM_TOKEN" } });
    await call({ auth: { bearer: `file:${join(folder, "token")}` } });
    await call({ auth: { bearer: () => "from-code" } });
    await call({ auth: { basic: { user: "me", password: "p:w" } } });
    await call({ auth: { apiKey: { header: "X-Key", value: "from-text" } }, headers: { "x-other": "env:CRM_TOKEN" } });
    expect(
      server.received.map(({ headers }) => headers.authorization ?? [headers["x-key"], headers["x-other"]]),
    ).toEqual([
      "Bearer from-env",
      "Bearer from-file",
      "Bearer from-code",
      `Basic ${Buffer.from("me:p:w").toString("base64")}`,
      ["from-text", "from-env"],
    ]);
  });

  it("that is missing holds the downstream and says which", async () => {
    const found = failureOf(await call({ auth: { bearer: "env:SYNCLINE_TEST_MISSING" } }));
    expect(found).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
    expect(found.message).toContain("SYNCLINE_TEST_MISSING");
    expect(failureOf(await call({ auth: { bearer: `file:${folder}/none` } })).message).toContain("ENOENT");
  });

  it("in a file is read again after the downstream has refused it", async () => {
    const file = join(folder, "token");
    await writeFile(file, "old-token");
    server.script = ({ headers }, answer) => {
      answer.statusCode = headers.authorization === "Bearer new-token" ? 200 : 401;
      answer.end();
    };
    const invoker = http({ baseUrl: server.url, auth: { bearer: `file:${file}` } }).open({
      downstream: "crm",
      log: quiet,
    });
    expect(failureOf(await invoker.invoke(upsert(), given().context)).kind).toBe("unauthorized");
    await writeFile(file, "new-token");
    expect(await invoker.invoke(upsert(), given().context)).toEqual({ status: "accepted" });
    await invoker.close?.();
  });

  it("never comes back in an outcome, though the server echoes it in every form", async () => {
    server.script = ({ headers }, answer) => {
      const given = String(headers.authorization);
      const password = Buffer.from(given.slice("Basic ".length), "base64").toString();
      answer.end(
        JSON.stringify({
          ok: false,
          text: `${given} ${password} ${Buffer.from("planted-secret22/+").toString("base64")}`,
        }),
      );
    };
    const invoker = http({ baseUrl: server.url, auth: { basic: { user: "me", password: "planted-secret22/+" } } }).open(
      {
        downstream: "crm",
        log: quiet,
      },
    );
    const options = { answer: { ok: { path: "ok", in: [true] }, message: "text" } };
    const { message } = failureOf(await invoker.invoke(upsert({ options }), given().context));
    await invoker.close?.();
    expect(message).toBe("Basic [secret] [secret] [secret]");
    expect(inspect(invoker, { depth: 10, showHidden: true })).not.toContain("planted-secret22");
  });

  it("is removed whole where it contains another", () => {
    const keeper = new SecretKeeper();
    keeper.hide("abcd");
    keeper.hide("abcdefgh");
    expect(keeper.scrub("x abcdefgh abcd")).toBe("x [secret] [secret]");
  });
});
