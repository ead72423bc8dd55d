import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkHttpOptions } from "./options.ts";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";
import { ScriptedServer } from "./testing/server.ts";

const accepted = { status: "accepted" };
const pem = (pair: { privateKey: { export(options: object): unknown } }) =>
  String(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const ed = generateKeyPairSync("ed25519");

/** Judged by Node's own verification, as a server would. */
function readJwt(token: string, publicKey: ReturnType<typeof createPublicKey>) {
  const [head = "", claims = "", signature = ""] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  const data = Buffer.from(`${head}.${claims}`);
  const raw = Buffer.from(signature, "base64url");
  const ways: { readonly [alg: string]: () => boolean } = {
    RS256: () => verify("sha256", data, publicKey, raw),
    PS256: () => verify("sha256", data, { key: publicKey, padding: 6, saltLength: 32 }, raw),
    ES256: () => verify("sha256", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, raw),
    ES384: () => verify("sha384", data, { key: publicKey, dsaEncoding: "ieee-p1363" }, raw),
    EdDSA: () => verify(null, data, publicKey, raw),
  };
  expect(ways[header.alg]?.()).toBe(true);
  return { header, claims: JSON.parse(Buffer.from(claims, "base64url").toString()) };
}

eachEngine("OAuth2 grants", ({ downstream, server, answering }) => {
  let tokens: ScriptedServer;
  let grants: { readonly [name: string]: unknown }[];
  beforeEach(async () => {
    grants = [];
    tokens = await ScriptedServer.start();
    tokens.script = (_request, answer) =>
      answer.end(JSON.stringify(grants.shift() ?? { access_token: "token-planted-secret", token_type: "Bearer" }));
  });
  afterEach(() => tokens.stop());
  const secured = (oauth2: object) =>
    downstream({ auth: { oauth2: { tokenUrl: `${tokens.url}/token`, ...oauth2 } } as never });
  const form = (at = -1) => new URLSearchParams(tokens.received.at(at)?.text);

  it("send what else an endpoint wants: audience, resources and parameters of its own", async () => {
    const invoker = secured({
      ...{ clientId: "me", clientSecret: "planted-secret", audience: "crm", scope: "a b" },
      ...{ resource: ["https://a.example", "https://b.example"], parameters: { tenant: "t1" } },
    });
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
    expect([...form()].sort()).toEqual([
      ["audience", "crm"],
      ["grant_type", "client_credentials"],
      ["resource", "https://a.example"],
      ["resource", "https://b.example"],
      ["scope", "a b"],
      ["tenant", "t1"],
    ]);
  });

  it("refresh token: goes on with each one that replaces it, and tells it", async () => {
    const told: string[] = [];
    grants.push(
      { access_token: "access-one-secret", refresh_token: "refresh-two-secret" },
      { access_token: "access-two-secret", refresh_token: "refresh-two-secret" },
    );
    const invoker = secured({
      ...{ clientId: "me", style: "none", refreshToken: "refresh-one-secret" },
      onRefreshToken: (token: string) => {
        told.push(token);
        throw new Error(token);
      },
    });
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
    expect(Object.fromEntries(form())).toEqual({
      grant_type: "refresh_token",
      refresh_token: "refresh-one-secret",
      client_id: "me",
    });
    let refusals = 1;
    server().script = (_request, answer) => answer.writeHead(refusals-- > 0 ? 401 : 200).end("{}");
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
    expect(form().get("refresh_token")).toBe("refresh-two-secret");
    expect(told).toEqual(["refresh-two-secret"]);
  });

  it("refresh token: one that is refused is looked up again, since a person may have agreed anew", async () => {
    let refreshToken = "refresh-old-secret";
    tokens.script = (request, answer) => {
      const isGood = new URLSearchParams(request.text).get("refresh_token") === "refresh-new-secret";
      answer.writeHead(isGood ? 200 : 400);
      answer.end(JSON.stringify(isGood ? { access_token: "access-planted-secret" } : { error: "invalid_grant" }));
    };
    const invoker = secured({ clientId: "me", style: "none", refreshToken: () => refreshToken });
    expect(failureOf(await invoker.invoke(upsert(), given().context))).toMatchObject({
      kind: "unauthorized",
      message: "the token endpoint answered 400 (invalid_grant)",
    });
    refreshToken = "refresh-new-secret";
    expect(await invoker.invoke(upsert(), given().context)).toEqual(accepted);
  });

  it.each([
    ["RS256", rsa, undefined],
    ["PS256", rsa, "PS256"],
    ["ES256", p256, undefined],
    ["ES384", p384, undefined],
    ["EdDSA", ed, undefined],
  ] as const)(
    "private_key_jwt by %s: no secret goes out, and each assertion is another",
    async (alg, pair, algorithm) => {
      const clientAssertion = { key: pem(pair), keyId: "k1", ...(algorithm === undefined ? {} : { algorithm }) };
      const invoker = secured({ clientId: "me", clientAssertion });
      grants.push({ access_token: "one-planted-secret" }, { access_token: "two-planted-secret" });
      await invoker.invoke(upsert(), given().context);
      answering(401);
      await invoker.invoke(upsert(), given().context);
      const sent = [0, 1].map((at) => readJwt(form(at).get("client_assertion") ?? "", createPublicKey(pem(pair))));
      expect(sent[0]?.header).toEqual({ alg, typ: "JWT", kid: "k1" });
      expect(sent[0]?.claims).toMatchObject({ iss: "me", sub: "me", aud: `${tokens.url}/token` });
      expect(sent[0]?.claims.exp - sent[0]?.claims.iat).toBe(180);
      expect(sent[0]?.claims.jti).not.toBe(sent[1]?.claims.jti);
      expect(form(0).get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      expect(tokens.last.headers.authorization).toBeUndefined();
    },
  );

  it("JWT bearer: claims as Google and Salesforce want them, without a client", async () => {
    const jwtBearer = {
      ...{ key: pem(rsa), issuer: "robot@example.iam", subject: "boss@example.com", audience: "https://login" },
      claims: { scope: "https://a/auth", iss: "somebody else" },
    };
    expect(await secured({ jwtBearer }).invoke(upsert(), given().context)).toEqual(accepted);
    expect([...form().keys()]).toEqual(["grant_type", "assertion"]);
    expect(form().get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const { claims } = readJwt(form().get("assertion") ?? "", createPublicKey(pem(rsa)));
    expect(claims).toMatchObject({
      ...{ iss: "robot@example.iam", sub: "boss@example.com", aud: "https://login", scope: "https://a/auth" },
    });
  });

  it.each([
    ["is no key", "planted-secret-and-no-key", {}],
    ["is a public key", String(rsa.publicKey.export({ type: "spki", format: "pem" })), {}],
    ["signs by another algorithm", pem(ed), { algorithm: "RS256" }],
  ])("a key that %s holds the downstream, and is not told", async (_, key, more) => {
    const invoker = secured({ jwtBearer: { key, issuer: "me", ...more } });
    const found = failureOf(await invoker.invoke(upsert(), given().context));
    expect(found).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
    expect(found.message).toMatch(/^a key of `oauth2` (is no private key in PEM|cannot sign by RS256)/);
    expect(tokens.received).toEqual([]);
  });

  it("never tells what the endpoint repeats: the secret, the assertion, the tokens", async () => {
    let sent = "";
    server().script = (request, answer) => {
      sent = `${form().get("assertion")} ${request.headers.authorization} refresh-planted-secret`;
      answer.writeHead(422).end(JSON.stringify({ error: sent }));
    };
    const invoker = secured({ jwtBearer: { key: pem(p256), issuer: "me" } });
    const call = upsert({ options: { answer: { message: "error" } } as never });
    const found = failureOf(await invoker.invoke(call, given().context));
    expect(sent).toContain("planted-secret");
    expect(found.message).not.toContain(form().get("assertion"));
    expect(found.message).not.toContain("token-planted-secret");
  });

  it.each([
    ["a token that is none", { access_token: "a b" }, "misconfigured"],
    ["a token of another kind", { access_token: "abcdef", token_type: "mac" }, "misconfigured"],
    ["a life below none", { access_token: "abcdef-secret", expires_in: -5 }, undefined],
    ["a refresh token that is none", { access_token: "abcdef-secret", refresh_token: { a: 1 } }, undefined],
    ["a refresh token without end", { access_token: "abcdef-secret", refresh_token: "x".repeat(50_000) }, undefined],
  ])("lies of the endpoint: %s", async (_, answer, kind) => {
    grants.push(answer, answer);
    const invoker = secured({ clientId: "me", style: "none", refreshToken: "refresh-one-secret" });
    const outcome = await invoker.invoke(upsert(), given().context);
    if (kind === undefined) expect(outcome).toEqual(accepted);
    else expect(outcome).toMatchObject({ failure: { kind, code: "http.token" } });
  });
});

it("says of options which belong together", () => {
  const at = (oauth2: object) =>
    checkHttpOptions({
      baseUrl: "https://a.example",
      auth: { oauth2: { tokenUrl: "https://a.example/t", ...oauth2 } },
    }).map((problem) => problem.at.replace("auth.oauth2.", ""));
  expect(at({ clientId: "a", clientSecret: "b" })).toEqual([]);
  expect(at({ clientId: "a", style: "none" })).toEqual([]);
  expect(at({ jwtBearer: { key: "k", issuer: "i" } })).toEqual([]);
  expect(at({ clientId: "a" })).toEqual(["clientSecret"]);
  expect(at({ clientSecret: "b" })).toEqual(["clientId"]);
  expect(at({ clientId: "a", clientSecret: "b", clientAssertion: { key: "k" } })).toEqual(["clientAssertion"]);
  expect(at({ clientId: "a", style: "none", refreshToken: "r", jwtBearer: { key: "k", issuer: "i" } })).toEqual([
    "jwtBearer",
  ]);
  expect(at({ clientId: "a", clientSecret: "b", parameters: { scope: "x", tenant: "y" } })).toEqual([
    "parameters.scope",
  ]);
  expect(at({ clientId: "a", clientAssertion: { key: "k", algorithm: "none" } })).toEqual([
    "clientAssertion.algorithm",
  ]);
});
