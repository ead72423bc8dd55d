import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SignedXml } from "xml-crypto";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { fault, InboxServer, inboxWsdl } from "./testing/inbox-server.ts";
import { signingKey } from "./testing/signing-key.ts";
import { readXml, type XmlElement } from "./xml/read-xml.ts";

let inbox: InboxServer;
beforeEach(async () => {
  inbox = new InboxServer();
  await inbox.start();
});
afterEach(() => inbox.stop());

const secret = "pass<&>wörd";

async function send(security: SoapOptions["security"], times = 1) {
  const transport = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint, ...(security && { security }) });
  const invoker = transport.open({ downstream: "crm", log: quiet });
  const call = callOf([{ text: ["<a> & b\r\n"] }], { path: "Put", options: { document: "order" } });
  const outcomes = [];
  for (let round = 0; round < times; round++) outcomes.push(await invoker.invoke(call, patient()));
  await invoker.close?.();
  return outcomes;
}

function find(element: XmlElement, name: string): XmlElement | undefined {
  if (element.name === name) return element;
  for (const child of element.children) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const partsOf = (index: number) => {
  const root = readXml(inbox.received[index]?.text ?? "");
  return (name: string) => find(root, name)?.text ?? "";
};

describe("a UsernameToken", () => {
  it("carries the password as it is", async () => {
    expect(await send({ usernameToken: { user: "ada", password: secret } })).toEqual([{ status: "accepted" }]);
    expect([partsOf(0)("Username"), partsOf(0)("Password")]).toEqual(["ada", secret]);
  });

  it("carries the password's digest, of another nonce for each attempt", async () => {
    await send({ usernameToken: { user: "ada", password: secret, digest: true } }, 2);
    const digests = [0, 1].map((index) => {
      const part = partsOf(index);
      const hash = createHash("sha1").update(Buffer.from(part("Nonce"), "base64"));
      // The token's own time, which is the second: the first belongs to the time stamp, and is the same.
      expect(hash.update(part("Created")).update(secret).digest("base64")).toBe(part("Password"));
      return part("Password");
    });
    expect(digests[0]).not.toBe(digests[1]);
    expect(inbox.received[0]?.text).not.toContain("wörd");
  });

  it("is not sent without its secret, which holds the downstream", async () => {
    const [outcome] = await send({ usernameToken: { user: "ada", password: "env:SYNCLINE_NOT_SET" } });
    expect(outcome && failureOf(outcome)).toMatchObject({ kind: "unauthorized", code: "soap.secret", effect: "no" });
    expect(inbox.received).toEqual([]);
  });

  it("is refused as unauthorized, and a changed secret is looked up again", async () => {
    process.env.SYNCLINE_TEST_PASSWORD = "old-password";
    inbox.next({ act: "answer", status: 500, body: fault("1.1", "x:FailedAuthentication") });
    const transport = soap({
      wsdl: inboxWsdl,
      endpoint: inbox.endpoint,
      security: { usernameToken: { user: "ada", password: "env:SYNCLINE_TEST_PASSWORD" } },
    });
    const invoker = transport.open({ downstream: "crm", log: quiet });
    const call = callOf([{ id: 1 }], { path: "Put", options: { document: "order" } });
    const failure = failureOf(await invoker.invoke(call, patient()));
    expect(failure).toMatchObject({ kind: "unauthorized" });
    expect(failure.message).toContain("clocks");
    process.env.SYNCLINE_TEST_PASSWORD = "new-password";
    expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
    expect(partsOf(1)("Password")).toBe("new-password");
    delete process.env.SYNCLINE_TEST_PASSWORD;
    await invoker.close?.();
  });
});

describe("an X.509 signature", () => {
  it("is one that others verify, over the body and the time stamp", async () => {
    const { key, publicKey, cert } = signingKey();
    expect(await send({ x509: { key, cert } })).toEqual([{ status: "accepted" }]);
    const text = inbox.received[0]?.text ?? "";
    const signature = /<Signature .*<\/Signature>/s.exec(text)?.[0] ?? "";
    const verify = (message: string) => {
      const verifier = new SignedXml({ publicCert: publicKey });
      verifier.loadSignature(signature);
      return verifier.checkSignature(message) ? verifier.getSignedReferences().join("") : "";
    };
    expect(verify(text)).toContain("urn:example:inbox:messages");
    expect(verify(text)).toContain("<Expires>");
    expect(verify(text.replace("&lt;a&gt;", "&lt;b&gt;")), "of another body").toBe("");
  });

  it("leaves the message as it was, though the signer writes it anew", async () => {
    const { key, cert } = signingKey();
    const document = {
      text: ["tab\tline\nreturn\r\n", "\u0085\u2028\ufeff\u007f", "]]>&amp;<", "👩‍👩‍👧‍👦", "  "],
      "@source": "a\tb\n<\"&'>\r ",
    };
    const transport = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint, security: { x509: { key, cert } } });
    const invoker = transport.open({ downstream: "crm", log: quiet });
    const call = callOf([document], { path: "Put", options: { document: "order" } });
    expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
    expect(inbox.received[0]?.items[0]?.body).toEqual(document);
    await invoker.close?.();
  });

  it("that cannot be made is misconfigured, and the key is not repeated", async () => {
    const [outcome] = await send({ x509: { key: "s3cret-no-key", cert: "none" } });
    const failure = outcome && failureOf(outcome);
    expect(failure).toMatchObject({ kind: "misconfigured", code: "soap.signature", effect: "no" });
    expect(failure?.message).not.toContain("s3cret");
  });
});
