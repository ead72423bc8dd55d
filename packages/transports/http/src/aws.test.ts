import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { http } from "./http.ts";
import { awsProblem } from "./testing/aws-verifier.ts";
import { batch, failureOf, given, gone, item, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const scope = { region: "us-east-1", service: "service" };
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret };

it("is verified by rules that agree with the published example", () => {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  const headers = { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z", authorization };
  const request = { method: "GET", url: "/", headers, bytes: Buffer.alloc(0) };
  expect(awsProblem(request, { secret, ...scope })).toBeUndefined();
  expect(awsProblem({ ...request, url: "/a" }, { secret, ...scope })).toBe("another signature");
});

eachEngine("Signature Version 4", ({ downstream, server }) => {
  /** What the service has against each call that it got. */
  const verifying = (known: { secret: string; token?: string } = { secret }) => {
    server().script = (request, answer) => {
      const problem = awsProblem(request, { ...scope, ...known });
      answer.writeHead(problem === undefined ? 200 : 403).end(problem);
    };
  };
  const accepted = { status: "accepted" };
  const { context } = given();

  it("is right of bodies, odd paths, queries, lists, compressed bodies and deletes", async () => {
    verifying();
    const aws = { ...scope, ...keys };
    const invoker = downstream({ baseUrl: `${server().url}/base%20path`, auth: { aws }, gzip: true });
    const odd = item("42", { name: "Zoë 'n' 東京", big: "x".repeat(4000) }, { key: { orderId: "a b+c*'(é)~" } });
    const calls = [
      upsert(),
      upsert({ items: [odd] }),
      upsert({ path: "/orders/{orderId}?b=2&a={orderId}&a=1&c", items: [odd] }),
      batch(["1", "2"]),
      gone(),
    ];
    for (const call of calls) expect(await invoker.invoke(call, context)).toEqual(accepted);
    expect(server().last.headers["x-amz-content-sha256"]).toMatch(/^[0-9a-f]{64}$/);
  });

  it("goes on with keys that were rotated in their file, once the old ones were refused", async () => {
    const file = join(tmpdir(), `syncline-aws-${process.pid}`);
    writeFileSync(file, "an old secret\n");
    verifying();
    const aws = { ...scope, ...keys, secretAccessKey: `file:${file}` };
    const invoker = downstream({ auth: { aws } });
    expect(failureOf(await invoker.invoke(upsert(), context))).toMatchObject({ kind: "unauthorized", effect: "no" });
    writeFileSync(file, `${secret}\n`);
    expect(await invoker.invoke(upsert(), context)).toEqual(accepted);
  });

  it("asks for a session's credentials again once they end, or were refused, and never more than once at a time", async () => {
    verifying({ secret, token: "session-2" });
    let asked = 0;
    let lifeMs = 3_600_000;
    const credentials = async () => {
      asked += 1;
      return {
        ...keys,
        sessionToken: asked === 1 ? "session-1" : "session-2",
        expiration: new Date(Date.now() + lifeMs),
      };
    };
    const invoker = downstream({ auth: { aws: { ...scope, credentials } } });
    expect(failureOf(await invoker.invoke(upsert(), context)).kind).toBe("unauthorized");
    const outcomes = await Promise.all([1, 2, 3].map(() => invoker.invoke(upsert(), context)));
    expect([outcomes, asked]).toEqual([[accepted, accepted, accepted], 2]);
    lifeMs = 30_000;
    const other = downstream({ auth: { aws: { ...scope, credentials } } });
    for (const _ of [1, 2]) expect(await other.invoke(upsert(), context)).toEqual(accepted);
    expect(asked).toBe(4);
  });

  it("sends nothing without its secret, and tells no secret", async () => {
    const throws = () => Promise.reject(new Error(`no: ${secret}`));
    const none = async () => ({ accessKeyId: "AKIDEXAMPLE" }) as never;
    const missing = { ...scope, ...keys, secretAccessKey: "env:SYNCLINE_NO_SUCH_SECRET" };
    for (const aws of [{ ...scope, credentials: throws }, { ...scope, credentials: none }, missing]) {
      const failure = failureOf(await downstream({ auth: { aws } }).invoke(upsert(), context));
      expect(failure).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
      expect(JSON.stringify(failure)).not.toContain(secret);
    }
    expect(server().received).toEqual([]);
  });

  it("ends with its call, however long credentials take", async () => {
    const { controller, context: ending } = given();
    const credentials = () => new Promise<never>(() => controller.abort());
    const outcome = await downstream({ auth: { aws: { ...scope, credentials } } }).invoke(upsert(), ending);
    expect(failureOf(outcome)).toMatchObject({ kind: "cancelled", effect: "no" });
  });
});

it("is refused where it is half said", () => {
  const problems = (aws: object) =>
    http({ baseUrl: "https://a.example", auth: { aws } as never })
      .checkOptions?.()
      .map(({ at, message }) => `${at} ${message}`);
  expect(problems({ region: "EU", service: "es", accessKeyId: "a" })).toEqual([
    "auth.aws.region must be as in a signature's scope: small letters, digits, -",
    "auth.aws.secretAccessKey is missing; or `credentials`",
  ]);
  expect(problems({ ...scope, credentials: async () => keys, accessKeyId: "a" })).toEqual([
    "auth.aws.accessKeyId cannot stand beside `credentials`, which gives all of them",
  ]);
  expect(problems({ ...scope, ...keys })).toEqual([]);
  const headers = { "X-Amz-Date": "now" };
  expect(
    http({ baseUrl: "https://a.example", auth: { aws: { ...scope, ...keys } }, headers }).checkOptions?.(),
  ).toEqual([expect.objectContaining({ at: "auth.aws" })]);
});
