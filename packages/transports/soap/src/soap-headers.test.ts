import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireValue } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { bodyBy, contractFrom, requestOf, wsdlOf } from "./testing/contracts.ts";
import { envelope, InboxServer } from "./testing/inbox-server.ts";

const text = (name: string, more = "") => `<xs:element name="${name}" type="xs:string" ${more}/>`;
const definitions = `${requestOf(`<xs:sequence>${text("v")}</xs:sequence>`)}
  <xs:element name="auth"><xs:complexType><xs:sequence>${text("user")}${text("token")}${text("tenant", 'minOccurs="0"')}
  <xs:element name="level" type="xs:int" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>`;
const wsdl = wsdlOf(definitions, {
  message: '<part name="h" element="t:auth"/><part name="p" element="t:req"/>',
  input: '<soap:header message="t:in" part="h" use="literal"/><soap:body use="literal"/>',
});
const never = new AbortController().signal;
const secret = "header-s3cret";

let folder: string;
let inbox: InboxServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "syncline-headers-"));
  writeFileSync(join(folder, "a.wsdl"), wsdl);
  inbox = new InboxServer();
  await inbox.start();
});
afterEach(async () => {
  await inbox.stop();
  rmSync(folder, { recursive: true });
});

type Header = NonNullable<SoapOptions["header"]>;
const transport = (header: Header, more: Partial<SoapOptions> = {}) =>
  soap({ wsdl: join(folder, "a.wsdl"), endpoint: inbox.endpoint, header, ...more });

async function send(header: Header, row: WireValue, options = {}, more: Partial<SoapOptions> = {}) {
  const invoker = transport(header, more).open({ downstream: "crm", log: quiet });
  inbox.next({ act: "answer", status: 200, body: envelope("1.1", '<res xmlns="urn:t"/>') });
  const call = callOf([row], { path: "op", options });
  const outcome = await invoker.invoke(call, patient());
  const described = JSON.stringify(invoker.describe?.(call));
  await invoker.close?.();
  return { outcome, described, header: /<soap:Header>(.*)<\/soap:Header>/s.exec(inbox.received[0]?.text ?? "")?.[1] };
}

describe("a part of the message that stands in the header", () => {
  it("is no part of the body, and left out unless something is said for it", async () => {
    expect(bodyBy(await contractFrom(wsdl), { v: "1" })).toBe('<n1:req xmlns:n1="urn:t"><n1:v>1</n1:v></n1:req>');
    expect(await send({}, { v: "1" })).toMatchObject({ outcome: { status: "accepted" }, header: undefined });
  });

  it("has constants, secrets and columns of the row, which then are not in the body", async () => {
    const options = { header: { auth: { tenant: { field: "tenant" } } } };
    const shared = { auth: { user: "me", token: { secret: () => secret }, level: 3 } };
    const sent = await send(shared, { v: "1", tenant: "T&1" }, options);
    expect(sent.outcome).toEqual({ status: "accepted" });
    expect(sent.header).toBe(
      `<n1:auth xmlns:n1="urn:t"><n1:user>me</n1:user><n1:token>${secret}</n1:token><n1:tenant>T&amp;1</n1:tenant><n1:level>3</n1:level></n1:auth>`,
    );
    expect(inbox.received[0]?.text).toContain('<n1:req xmlns:n1="urn:t"><n1:v>1</n1:v></n1:req>');
    expect(sent.described).not.toContain(secret);
  });

  it("stands beside WS-Security's header", async () => {
    const security = { usernameToken: { user: "u", password: "password-1" } };
    const sent = await send({ auth: { user: "me", token: "t" } }, { v: "1" }, {}, { security });
    expect(sent.header).toMatch(/<wsse:Security.*<\/wsse:Security><n1:auth /s);
  });

  it("has what the downstream sets, whatever the strategy says", async () => {
    const own = { header: { auth: { user: "other", tenant: "T" } } };
    const sent = await send({ auth: { user: "me", token: "t" } }, { v: "1" }, own);
    expect(sent.header).toContain("<n1:user>me</n1:user>");
    expect(sent.header).toContain("<n1:tenant>T</n1:tenant>");
  });

  it("is not sent with a value that does not fit, and says where", async () => {
    const options = { header: { auth: { level: { field: "level" } } } };
    const sent = await send({ auth: { user: "me", token: "t" } }, { v: "1", level: "high" }, options);
    expect(sent.outcome).toMatchObject({
      status: "unsendable",
      failures: [{ index: 0, failure: { message: "header.auth.level is no xs:int" } }],
    });
    const missing = await send({ auth: { user: "me" } }, { v: "1" });
    expect(missing.outcome).toMatchObject({
      failure: { kind: "misconfigured", code: "soap.header", message: "header.auth.token is missing", effect: "no" },
    });
    expect(inbox.received).toEqual([]);
  });
});

describe("a strategy and a downstream are told at the start", () => {
  const problems = async (options: object, header: Header = {}, batch = 1) => {
    const checked = transport(header);
    const own = (await checked.prepare?.(never)) ?? [];
    const found = [...own, ...(checked.checkStrategy?.(strategyOf({ path: "op", batch, options } as never)) ?? [])];
    return found.map(({ at, message }) => `${at} ${message}`);
  };

  it("of headers that no operation has", async () => {
    expect(await problems({ header: { atuh: { user: "a" } } })).toEqual([
      "options.header.atuh is no header of S.Q.op; it has auth",
    ]);
    expect((await problems({}, { atuh: { user: "a" } }))[0]).toBe(
      "header.atuh is no header of any operation; there are: auth",
    );
  });

  it("of constants that do not fit", async () => {
    expect(await problems({ header: { auth: { level: "x", nope: 1 } } })).toEqual([
      "options.header.auth.nope is no element of auth",
      "options.header.auth.level is no xs:int",
    ]);
  });

  it("of secrets that are none, and of any in a strategy", () => {
    const found = transport({ auth: { token: "env:TOKEN" } }).checkOptions?.() ?? [];
    expect(found).toEqual([
      { at: "header.auth.token", message: "looks like a reference to a secret, which is written { secret: … }" },
    ]);
  });

  it("of columns in the header of a batch", async () => {
    const options = { list: "v", header: { auth: { user: { field: "u" } } } };
    expect((await problems(options, {}, 5)).join()).toContain("options.list is no repeated element");
  });
});
