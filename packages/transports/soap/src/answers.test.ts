import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import type { Effect, FailureKind, WireValue } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { envelope, fault, InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

let inbox: InboxServer;
beforeEach(async () => {
  inbox = new InboxServer();
  await inbox.start();
});
afterEach(() => inbox.stop());

const accepted = { status: "accepted" };
const good = '<PutResponse xmlns="urn:example:inbox:messages"><status>OK</status></PutResponse>';

interface Answered {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly options?: Partial<SoapOptions>;
  readonly answer?: WireValue;
  readonly path?: string;
}

async function meet(
  body: string | Uint8Array,
  { status = 200, headers = {}, options = {}, answer, path = "Put" }: Answered = {},
) {
  inbox.next({ act: "answer", status, body, headers });
  const transport = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint, ...options });
  const invoker = transport.open({ downstream: "crm", log: quiet });
  const own = { document: "order", ...(answer === undefined ? {} : { answer }) };
  const outcome = await invoker.invoke(callOf([{ id: 1 }], { path, options: own }), patient());
  await invoker.close?.();
  return outcome;
}

describe("what is never a success", () => {
  const cases: readonly (readonly [
    what: string,
    body: string | Uint8Array,
    told: Answered,
    kind: FailureKind,
    effect: Effect,
  ])[] = [
    ["nothing at all", "", {}, "misconfigured", "maybe"],
    ["a line break", "\r\n", {}, "misconfigured", "maybe"],
    [
      "an empty 202 where a rule asks for more",
      "",
      { status: 202, answer: { ok: { path: "status", in: ["OK"] } } },
      "misconfigured",
      "maybe",
    ],
    [
      "an answer that comes to more than is read, though it was packed",
      gzipSync(envelope("1.1", `${good}${" ".repeat(2_000)}`)),
      { headers: { "content-encoding": "gzip" }, options: { answerBytes: 1_000 } },
      "transient",
      "maybe",
    ],
    ["HTML", "<html><body>log in</body></html>", {}, "transient", "maybe"],
    ["no XML", "OK", {}, "transient", "maybe"],
    ["an envelope with an empty body", envelope("1.1", ""), {}, "transient", "maybe"],
    ["another operation's answer", envelope("1.1", "<x/>"), {}, "transient", "maybe"],
    ["an answer of another namespace", envelope("1.1", "<PutResponse/>"), {}, "transient", "maybe"],
    ["an answer that breaks off", envelope("1.1", good).slice(0, -20), {}, "transient", "maybe"],
    ["a fault with the status 200", fault("1.1", "e:Client"), {}, "rejected", "no"],
    ["a 500 with a good answer", envelope("1.1", good), { status: 500 }, "transient", "maybe"],
    ["a 500 without a fault", "oops", { status: 500 }, "transient", "maybe"],
    ["a 500 with nothing", "", { status: 500 }, "transient", "maybe"],
    ["a redirect", envelope("1.1", good), { status: 302, headers: { location: "/" } }, "misconfigured", "maybe"],
    [
      "an oversized answer",
      envelope("1.1", `${good}${" ".repeat(2_000)}`),
      { options: { answerBytes: 1_000 } },
      "transient",
      "maybe",
    ],
    ["attachments", "--x", { headers: { "content-type": "multipart/related; boundary=x" } }, "misconfigured", "maybe"],
    ["a 404 with a fault", fault("1.1", "e:Client"), { status: 404 }, "misconfigured", "no"],
  ];
  for (const [what, body, told, kind, effect] of cases) {
    it(what, async () => expect(failureOf(await meet(body, told))).toMatchObject({ kind, effect }));
  }

  it("a document type, whose entities are not looked at", async () => {
    const entity = '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">]>';
    expect(failureOf(await meet(entity + envelope("1.1", good.replace("OK", "&x;"))))).toMatchObject({
      kind: "misconfigured",
      code: "soap.answer",
    });
  });

  it("an oversized answer, though what was read of it is whole", async () => {
    const padded = envelope("1.1", good) + " ".repeat(2_000);
    expect(failureOf(await meet(padded, { options: { answerBytes: 1_000 } })).kind).toBe("transient");
  });

  it("blanks without number between words, which are read in a moment", async () => {
    const blanks = " ".repeat(900_000);
    const answer = { ok: { path: "status", in: ["OK"] } };
    const body = envelope("1.1", good.replace("OK", `x${blanks}y`));
    expect(failureOf(await meet(body, { answer, options: { answerBytes: 2_000_000 } })).kind).toBe("transient");
  });

  const hostile: { readonly [what: string]: string } = {
    brackets: "<",
    "open elements": "<a>",
    "nested namespaces": '<a xmlns:b="c">',
    "references to no entity": "<a>&b;",
    "attributes without an end": '<a b="c" ',
    comments: "<!-- -->",
    "comments that break off": "<!--",
    "character references": "<a>&#38;",
    "processing instructions": "<?a b?>",
  };
  for (const [what, part] of Object.entries(hostile)) {
    it(`a million bytes of ${what}`, async () => {
      const body = part.repeat(Math.floor(1_000_000 / part.length));
      expect(failureOf(await meet(body))).toMatchObject({ kind: "transient", code: "soap.answer" });
    });
  }
});

describe("what is a success", () => {
  it("the operation's answer, also in UTF-16 and of a server that numbers its prefixes otherwise", async () => {
    expect(await meet(`<?xml version="1.0"?>\n${envelope("1.1", good)}`)).toEqual(accepted);
    expect(await meet(envelope("1.1", '<a:PutResponse xmlns:a="urn:example:inbox:messages"/>'))).toEqual(accepted);
  });

  const rules = { ok: { path: "status", in: ["OK"] } };
  const text = envelope("1.1", good);
  const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>${text}`;
  const written: { readonly [how: string]: readonly [body: string | Uint8Array, headers?: Answered["headers"]] } = {
    "after a byte order mark": [`\ufeff${text}`],
    "in UTF-16 with its mark": [Buffer.from(`\ufeff${declared("utf-16")}`, "utf16le"), { "content-type": "text/xml" }],
    "in UTF-16 without": [Buffer.from(declared("utf-16"), "utf16le").swap16(), { "content-type": "text/xml" }],
    "in Latin-1": [Buffer.from(declared("iso-8859-1"), "latin1"), { "content-type": "text/xml" }],
    "in UTF-8, which it calls UTF-16": [declared("utf-16"), { "content-type": "text/xml" }],
    "by gzip": [gzipSync(text), { "content-encoding": "gzip" }],
    "by gzip without a word": [gzipSync(text)],
    "by deflate": [deflateRawSync(text), { "content-encoding": "deflate" }],
    "by brotli": [brotliCompressSync(text), { "content-encoding": "br" }],
    "by gzip, which it only says": [text, { "content-encoding": "gzip" }],
  };
  for (const [how, [body, headers]] of Object.entries(written)) {
    it(`the operation's answer, written ${how}`, async () => {
      const told = headers === undefined ? {} : { headers };
      expect(await meet(body, told)).toEqual(accepted);
      expect(await meet(body, { ...told, answer: rules })).toEqual(accepted);
    });
  }

  it("a fault is none, however it is written", async () => {
    const told = { status: 500, headers: { "content-encoding": "gzip" } };
    expect(failureOf(await meet(gzipSync(fault("1.1", "e:Client")), told))).toMatchObject({ kind: "rejected" });
  });

  it("an empty 202, by which SOAP says that no envelope follows, and a 204", async () => {
    expect(await meet("", { status: 202 })).toEqual(accepted);
    expect(await meet("", { status: 202, answer: { message: "x" } })).toEqual(accepted);
    expect(await meet("", { status: 204 })).toEqual(accepted);
    expect(await meet("", { status: 204, answer: rules })).toEqual(accepted);
  });

  it("nothing at all, to a one-way operation", async () => {
    expect(await meet("", { status: 202, path: "Notify" })).toEqual(accepted);
    expect(await meet("\r\n", { path: "Notify" })).toEqual(accepted);
    expect(await meet(gzipSync(""), { path: "Notify", headers: { "content-encoding": "gzip" } })).toEqual(accepted);
    expect(failureOf(await meet("<html/>", { path: "Notify" })).kind).toBe("transient");
    expect(failureOf(await meet("", { path: "Notify", status: 500 })).kind).toBe("transient");
  });
});

describe("faults", () => {
  const cases: readonly (readonly [code: string, kind: FailureKind, word: string])[] = [
    ["e:Client", "rejected", "Client"],
    ["e:Client.Validation", "rejected", "Client"],
    ["e:Server", "transient", "Server"],
    ["e:VersionMismatch", "misconfigured", "VersionMismatch"],
    ["e:MustUnderstand", "misconfigured", "MustUnderstand"],
    ["x:FailedAuthentication", "unauthorized", "FailedAuthentication"],
    ["x:InvalidSecurityToken", "unauthorized", "InvalidSecurityToken"],
  ];
  for (const [code, kind, word] of cases) {
    it(`${code} of SOAP 1.1 is ${kind}`, async () => {
      const failure = failureOf(await meet(fault("1.1", code, "s3cret words"), { status: 500 }));
      expect(failure).toMatchObject({ kind, code: `soap.fault.${word}` });
      expect(failure.message).not.toContain("s3cret");
    });
  }

  const codes12: readonly (readonly [code: string, status: number, kind: FailureKind])[] = [
    ["e:Sender", 400, "rejected"],
    ["e:Receiver", 500, "transient"],
    ["e:DataEncodingUnknown", 500, "misconfigured"],
    ["e:Sender x:FailedCheck", 400, "unauthorized"],
  ];
  for (const [code, status, kind] of codes12) {
    it(`${code} of SOAP 1.2 is ${kind}`, async () => {
      const told = { status, options: { soapVersion: "1.2" } } as const;
      expect(failureOf(await meet(fault("1.2", code), told)).kind).toBe(kind);
    });
  }

  it("mean what faultKinds says, by subcode, detail or code, the more particular first", async () => {
    const options = { faultKinds: { Duplicate: "accepted", Locked: "transient", Client: "throttled" } } as const;
    expect(await meet(fault("1.1", "e:Client", "", "<Duplicate/>"), { status: 500, options })).toEqual(accepted);
    expect(failureOf(await meet(fault("1.1", "e:Client.Locked"), { status: 500, options })).kind).toBe("throttled");
    expect(failureOf(await meet(fault("1.1", "x:Locked"), { status: 404, options })).kind).toBe("transient");
  });

  it("of a code that nobody has named keep none: it may be a secret, or a row's", async () => {
    for (const body of [
      fault("1.1", "x:sk_live_51H"),
      fault("1.1", "x:sk_live_51H.a.b", "", "<sk_live_51H/>"),
      fault("1.2", "e:Receiver x:sk_live_51H"),
    ]) {
      const options = body.includes("Receiver") ? ({ soapVersion: "1.2" } as const) : {};
      const failure = failureOf(await meet(body, { status: 500, options }));
      expect(failure).toMatchObject({ kind: "transient", code: expect.stringMatching(/^soap\.fault(\.Receiver)?$/) });
      expect(JSON.stringify(failure)).not.toContain("sk_live");
    }
    const options = { faultKinds: { "ORA-00001": "rejected" } } as const;
    const named = failureOf(await meet(fault("1.1", "x:ORA-00001"), { status: 500, options }));
    expect(named).toMatchObject({ kind: "rejected", code: "soap.fault.ORA-00001" });
  });

  it("say in words what the strategy's rules point at, without line breaks", async () => {
    const told = { status: 500, answer: { message: "detail.Refusal.number" } };
    const body = fault("1.1", "e:Client", "s3cret", "<Refusal><number>R-\n17</number></Refusal>");
    expect(failureOf(await meet(body, told)).message).toBe("answered with the fault Client: R-\\n17");
  });

  it("keep the wish of Retry-After", async () => {
    const told = { status: 500, headers: { "retry-after": "7" } };
    expect(failureOf(await meet(fault("1.1", "e:Server"), told)).retryAfterMs).toBe(7_000);
  });
});

describe("an answer judged by rules", () => {
  it("is a success only with the code that the rules name", async () => {
    const answer = { ok: { path: "status", in: ["OK"] }, message: "message" };
    expect(await meet(envelope("1.1", good), { answer })).toEqual(accepted);
    const bad = good
      .replace("OK", "NO</status><message>no such customer</message><status>x")
      .replace("<status>x</status>", "");
    expect(failureOf(await meet(envelope("1.1", bad), { answer }))).toMatchObject({
      kind: "transient",
      code: "soap.body",
      message: "no such customer",
    });
  });
});
