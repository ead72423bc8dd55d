import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkHttpOptions } from "./options.ts";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { ConnectProxy } from "./testing/connect-proxy.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { type SecureServer, secureServer } from "./testing/secure-server.ts";
import { selfSigned } from "./testing/self-signed.ts";

const folder = mkdtempSync(join(tmpdir(), "syncline-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));
const accepted = { status: "accepted" };

eachEngine("connections", ({ server, downstream }) => {
  describe("TLS", () => {
    let secure: SecureServer | undefined;
    afterEach(() => secure?.stop());

    it("trusts whom the options say, and nobody else", async () => {
      secure = await secureServer(false);
      const trusting = downstream({ baseUrl: secure.url, tls: { ca: selfSigned.cert } });
      expect(await trusting.invoke(upsert(), given().context)).toEqual(accepted);
      const found = failureOf(await downstream({ baseUrl: secure.url }).invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "tls.DEPTH_ZERO_SELF_SIGNED_CERT", effect: "no" });
    });

    it("shows our certificate to a downstream that asks who calls", async () => {
      secure = await secureServer(true);
      writeFileSync(join(folder, "key.pem"), selfSigned.key);
      const tls = { ca: selfSigned.cert, cert: selfSigned.cert, key: `file:${join(folder, "key.pem")}` };
      expect(await downstream({ baseUrl: secure.url, tls }).invoke(upsert(), given().context)).toEqual(accepted);
      expect(secure.callers).toEqual([{ name: "127.0.0.1", known: true }]);
    });

    it("is refused without a certificate where one is asked for, after the handshake of TLS 1.3", async () => {
      secure = await secureServer(true);
      const bare = downstream({ baseUrl: secure.url, tls: { ca: selfSigned.cert } });
      // The alert comes when we think to be connected. undici tells only that the other side has closed.
      const { kind } = failureOf(await bare.invoke(upsert(), given().context));
      expect(["misconfigured", "transient"]).toContain(kind);
      expect(secure.callers).toEqual([]);
    });

    it("is misconfigured while its files cannot be read, and works once they are there", async () => {
      secure = await secureServer(false);
      const path = join(folder, `late-${randomUUID()}.pem`);
      const late = downstream({ baseUrl: secure.url, tls: { ca: `file:${path}` } });
      const found = failureOf(await late.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "tls.material", effect: "no" });
      expect(found.message).toContain(path);
      writeFileSync(path, selfSigned.cert);
      expect(await late.invoke(upsert(), given().context)).toEqual(accepted);
    });

    it("wants the name that the options say in the certificate", async () => {
      secure = await secureServer(false);
      const other = downstream({ baseUrl: secure.url, tls: { ca: selfSigned.cert, serverName: "crm.example.com" } });
      const found = failureOf(await other.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "tls.ERR_TLS_CERT_ALTNAME_INVALID", effect: "no" });
    });
  });

  describe("a proxy", () => {
    let proxy: ConnectProxy;
    beforeEach(async () => {
      proxy = await ConnectProxy.start();
    });
    afterEach(() => proxy.stop());

    it("keeps its tunnel for many calls, and sees none of their headers", async () => {
      const through = downstream({
        proxy: { url: proxy.url, auth: { user: "me", password: "pass:word" } },
        auth: { bearer: "planted-secret" },
      });
      for (let call = 0; call < 20; call++) expect(await through.invoke(upsert(), given().context)).toEqual(accepted);
      const authorization = `Basic ${Buffer.from("me:pass:word").toString("base64")}`;
      expect(proxy.asked[0]).toEqual({ authority: server().url.replace("http://", ""), authorization });
      // An engine may open a second one where a call follows while the first is still being tidied up.
      expect(proxy.asked.length).toBeLessThanOrEqual(2);
      expect(proxy.others).toBe(0);
      expect(server().last.headers).toMatchObject({ authorization: "Bearer planted-secret" });
      expect(server().last.headers).not.toHaveProperty("proxy-authorization");
    });

    it("carries TLS, with our certificate in it, to the downstream", async () => {
      const secure = await secureServer(true);
      const tls = { ca: selfSigned.cert, cert: selfSigned.cert, key: selfSigned.key };
      const through = downstream({ baseUrl: secure.url, tls, proxy: { url: proxy.url } });
      for (let call = 0; call < 20; call++) expect(await through.invoke(upsert(), given().context)).toEqual(accepted);
      await secure.stop();
      expect(proxy.asked.length).toBeLessThanOrEqual(2);
      expect(secure.callers[0]).toEqual({ name: "127.0.0.1", known: true });
    });

    it.each([
      [407, "unauthorized"],
      [403, "misconfigured"],
      [502, "unavailable"],
    ])("that answers %i makes the call %s, and nothing has been sent", async (status, kind) => {
      proxy.refusal = status;
      const found = failureOf(await downstream({ proxy: { url: proxy.url } }).invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind, code: `net.proxy-${status}`, effect: "no" });
      expect(server().received).toEqual([]);
    });

    it("is told a rotated password once it has refused the old one", async () => {
      const folder = await mkdtemp(join(tmpdir(), "rotated-"));
      const file = join(folder, "password");
      await writeFile(file, "old");
      const through = downstream({ proxy: { url: proxy.url, auth: { user: "me", password: `file:${file}` } } });
      proxy.refusal = 407;
      expect(failureOf(await through.invoke(upsert(), given().context))).toMatchObject({ kind: "unauthorized" });
      await writeFile(file, "new");
      expect(await through.check?.(given().context)).toMatchObject({ kind: "unauthorized" });
      expect(proxy.asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from("me:new").toString("base64")}`);
      await writeFile(file, "newer");
      proxy.refusal = undefined;
      expect(await through.invoke(upsert(), given().context)).toEqual({ status: "accepted" });
      expect(proxy.asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from("me:newer").toString("base64")}`);
      await rm(folder, { recursive: true });
    });

    it("that is down makes the downstream unavailable, and its password shows nowhere", async () => {
      const { url } = proxy;
      await proxy.stop();
      const through = downstream({ proxy: { url, auth: { user: "me", password: "planted-secret" } } });
      const found = failureOf(await through.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "unavailable", code: "net.ECONNREFUSED", effect: "no" });
      expect(JSON.stringify(found)).not.toContain("planted-secret");
      proxy = await ConnectProxy.start();
    });

    it("is not asked for a cloud's metadata service", async () => {
      const through = downstream({ baseUrl: "http://169.254.169.254", proxy: { url: proxy.url } });
      const found = failureOf(await through.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "net.blocked-address" });
      expect(proxy.asked).toEqual([]);
    });

    it("is asked for no name that leads here to what is refused", async () => {
      const baseUrl = server().url.replace("127.0.0.1", "localhost");
      for (const network of [{ deny: ["127.0.0.0/8", "::1"] }, { privateNetworks: false }]) {
        const through = downstream({ baseUrl, network, proxy: { url: proxy.url } });
        const found = failureOf(await through.invoke(upsert(), given().context));
        expect(found).toMatchObject({ kind: "misconfigured", code: "net.denied-address", effect: "no" });
      }
      expect(proxy.asked).toEqual([]);
    });

    it("is asked under a strict policy for an address that was judged, and otherwise for the name", async () => {
      const baseUrl = server().url.replace("127.0.0.1", "localhost");
      const network = { privateNetworks: false, allow: ["127.0.0.0/8", "::1"] };
      const strict = downstream({ baseUrl, network, proxy: { url: proxy.url } });
      expect(await strict.invoke(upsert(), given().context)).toEqual(accepted);
      expect(await downstream({ baseUrl, proxy: { url: proxy.url } }).invoke(upsert(), given().context)).toEqual(
        accepted,
      );
      const port = new URL(baseUrl).port;
      expect(proxy.asked.map(({ authority }) => authority)).toEqual([
        expect.stringMatching(new RegExp(`^(127\\.0\\.0\\.1|\\[::1\\]):${port}$`)),
        `localhost:${port}`,
      ]);
    });

    it("is asked under a strict policy for no name that cannot be looked up here", async () => {
      const unknown = "http://nobody.invalid";
      const strict = downstream({ baseUrl: unknown, network: { privateNetworks: false }, proxy: { url: proxy.url } });
      const found = failureOf(await strict.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "unavailable", effect: "no" });
      expect(proxy.asked).toEqual([]);
    });

    it("is spoken to over TLS by whoever trusts it, and carries TLS then, too", async () => {
      const sealed = await ConnectProxy.start({ ...selfSigned });
      const secure = await secureServer(true);
      const tls = { ca: selfSigned.cert, cert: selfSigned.cert, key: selfSigned.key };
      const { context } = given();
      const through = downstream({
        baseUrl: secure.url,
        tls,
        proxy: { url: sealed.url, tls: { ca: selfSigned.cert } },
      });
      expect(await through.invoke(upsert(), context)).toEqual(accepted);
      expect([sealed.asked.length, secure.callers[0]?.known]).toEqual([1, true]);
      const plain = downstream({ proxy: { url: sealed.url, tls: { ca: selfSigned.cert } } });
      expect(await plain.invoke(upsert(), context)).toEqual(accepted);
      const distrusting = downstream({ proxy: { url: sealed.url } });
      const found = failureOf(await distrusting.invoke(upsert(), context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "tls.DEPTH_ZERO_SELF_SIGNED_CERT", effect: "no" });
      await Promise.all([sealed.stop(), secure.stop()]);
    });

    it("that says nothing to CONNECT makes the downstream unavailable, in the time for connecting", async () => {
      proxy.isSilent = true;
      const through = downstream({ proxy: { url: proxy.url }, timeouts: { connectMs: 100 } });
      const found = failureOf(await through.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "unavailable", code: "net.connect-timeout", effect: "no" });
    });

    it("is not asked for what is excepted from it", async () => {
      const { context } = given();
      for (const except of [["127.0.0.1"], ["example.com", `127.0.0.1:${server().port}`], ["*"]])
        expect(await downstream({ proxy: { url: proxy.url, except } }).invoke(upsert(), context)).toEqual(accepted);
      expect(proxy.asked).toEqual([]);
      const other = downstream({ proxy: { url: proxy.url, except: ["127.0.0.1:1"] } });
      expect(await other.invoke(upsert(), context)).toEqual(accepted);
      expect(proxy.asked.length).toBe(1);
    });

    it("of the environment is taken where the downstream says so, with its credentials", async () => {
      process.env.http_proxy = proxy.url.replace("//", "//me:pl%40nted@");
      try {
        const through = downstream({ proxy: "environment" });
        expect(await through.invoke(upsert(), given().context)).toEqual(accepted);
        const authorization = `Basic ${Buffer.from("me:pl@nted").toString("base64")}`;
        expect(proxy.asked).toEqual([{ authority: `127.0.0.1:${server().port}`, authorization }]);
        process.env.no_proxy = "localhost, 127.0.0.1";
        expect(await downstream({ proxy: "environment" }).invoke(upsert(), given().context)).toEqual(accepted);
        expect(proxy.asked.length).toBe(1);
      } finally {
        delete process.env.http_proxy;
        delete process.env.no_proxy;
      }
    });

    it("of the environment has no say", async () => {
      process.env.HTTP_PROXY = proxy.url;
      try {
        expect(await downstream().invoke(upsert(), given().context)).toEqual(accepted);
        expect(proxy.asked).toEqual([]);
      } finally {
        delete process.env.HTTP_PROXY;
      }
    });
  });

  describe("a network policy", () => {
    it("refuses a name that resolves to a private address, before anything is sent", async () => {
      const baseUrl = server().url.replace("127.0.0.1", "localhost");
      const fenced = downstream({ baseUrl, network: { privateNetworks: false } });
      const found = failureOf(await fenced.invoke(upsert(), given().context));
      expect(found).toMatchObject({ kind: "misconfigured", code: "net.denied-address", effect: "no" });
      expect(server().connections).toBe(0);
      const open = downstream({ network: { privateNetworks: false, allow: ["127.0.0.0/8"] } });
      expect(await open.invoke(upsert(), given().context)).toEqual(accepted);
    });
  });

  describe("connections that are old", () => {
    it("are replaced by new ones, and end once their calls are answered", async () => {
      const invoker = downstream({ connectionAgeMs: 1 });
      let release: () => void = () => {};
      server().script = (_request, answer) => {
        release = () => answer.end("{}");
      };
      const held = invoker.invoke(upsert(), given().context);
      while (server().received.length < 1) await new Promise((resolve) => setImmediate(resolve));
      server().script = (_request, answer) => answer.end("{}");
      while (server().connections < 4) expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
      release();
      expect(await held).toEqual(accepted);
      while (server().sockets.size > 1) await new Promise((resolve) => setImmediate(resolve));
    });

    it("are kept until then", async () => {
      const invoker = downstream({ connectionAgeMs: 86_400_000 });
      for (let call = 0; call < 20; call++) await invoker.invoke(upsert(), given().context);
      expect(server().connections).toBeLessThanOrEqual(2);
    });
  });

  describe("sockets that the downstream closes after each answer, without saying so", () => {
    it("are found out before the next call is written", async () => {
      server().script = (_request, answer, incoming) => answer.end("{}", () => incoming.socket.end());
      const invoker = downstream();
      for (let call = 0; call < 30; call++) {
        expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
        // Until our side has answered the close.
        while (server().sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
});

describe("options that say where a downstream may be", () => {
  const network = { requireTls: true, privateNetworks: false };

  it("are held against the base URL and the token URL at once", () => {
    const oauth2 = { tokenUrl: "http://10.0.0.1/token", clientId: "me", clientSecret: "env:SECRET" };
    expect(checkHttpOptions({ baseUrl: "http://[::1]:8080", auth: { oauth2 }, network })).toMatchObject([
      { at: "baseUrl", message: expect.stringContaining("requireTls") },
      { at: "baseUrl", message: expect.stringContaining("denies") },
      { at: "auth.oauth2.tokenUrl", message: expect.stringContaining("requireTls") },
      { at: "auth.oauth2.tokenUrl", message: expect.stringContaining("denies") },
    ]);
    expect(checkHttpOptions({ baseUrl: "https://crm.example.com", network })).toEqual([]);
  });

  it("are refused where they make no sense, all at once, without a value", () => {
    const problems = checkHttpOptions({
      baseUrl: "https://crm.example.com",
      tls: { cert: "planted-secret", trustAll: true },
      proxy: { url: "https://me:planted-secret@proxy" },
      network: { deny: ["10.0.0.0/99"] },
    });
    expect(problems.map(({ at }) => at).sort()).toEqual(["network.deny[0]", "proxy.url", "tls", "tls.trustAll"]);
    expect(JSON.stringify(problems)).not.toContain("planted-secret");
  });
});
