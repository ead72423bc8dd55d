import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome, Strategy, SyncCall, Transport, WireValue } from "@syncline/core/spi";
import type { SoapOptions } from "../options.ts";
import { callOf, patient, quiet, strategyOf } from "./calls.ts";
import { requestOf, wsdlOf } from "./contracts.ts";
import { envelope, InboxServer } from "./inbox-server.ts";

type Create = (options: SoapOptions) => Transport;

/** What this transport promises beyond what each transport does: of schemas and of SOAP's header. */
export interface Promised {
  readonly name: string;
  /** Rejects with an `AssertionError` if the promise is broken. */
  readonly keep: (create: Create) => Promise<void>;
}

const text = (name: string, more = "") => `<xs:element name="${name}" type="xs:string" ${more}/>`;

async function prepared(
  content: string,
  more: string,
  use: (options: SoapOptions, inbox: InboxServer) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "syncline-promises-"));
  const inbox = new InboxServer();
  await inbox.start();
  const wsdl = join(folder, "a.wsdl");
  const auth = `<xs:element name="auth"><xs:complexType><xs:sequence>${text("token")}${text("tenant", 'minOccurs="0"')}</xs:sequence></xs:complexType></xs:element>`;
  await writeFile(
    wsdl,
    wsdlOf(`${requestOf(`<xs:sequence>${content}</xs:sequence>`)}${auth}${more}`, {
      message: '<part name="h" element="t:auth"/><part name="p" element="t:req"/>',
      input: '<soap:header message="t:in" part="h" use="literal"/><soap:body use="literal"/>',
    }),
  );
  try {
    await use({ wsdl, endpoint: inbox.endpoint }, inbox);
  } finally {
    await inbox.stop();
    await rm(folder, { recursive: true });
  }
}

/** A promise of what becomes of one row. */
function ofRow(
  name: string,
  content: string,
  row: WireValue,
  judge: (outcome: Outcome, sent: string, described: string) => void,
  {
    more = "",
    parts = {},
    options = {},
  }: { more?: string; parts?: Partial<SyncCall>; options?: Partial<SoapOptions> } = {},
): Promised {
  const keep = (create: Create) =>
    prepared(content, more, async (own, inbox) => {
      const invoker = create({ ...own, ...options }).open({ downstream: "crm", log: quiet });
      inbox.next({ act: "answer", status: 200, body: envelope("1.1", '<res xmlns="urn:t"/>') });
      const call = callOf([row], { path: "op", ...parts });
      const outcome = await invoker.invoke(call, patient());
      const described = JSON.stringify(invoker.describe?.(call) ?? "");
      await invoker.close?.();
      judge(outcome, inbox.received.map((one) => one.text).join(), described);
    });
  return { name, keep };
}

/** A promise of what a strategy is told at the start. */
function atStart(
  name: string,
  content: string,
  parts: Partial<Strategy>,
  judge: (at: readonly string[]) => void,
  more = "",
): Promised {
  const keep = (create: Create) =>
    prepared(content, more, async (options) => {
      const transport = create(options);
      assert.deepEqual(await transport.prepare?.(new AbortController().signal), []);
      judge((transport.checkStrategy?.(strategyOf({ path: "op", ...parts })) ?? []).map(({ at }) => at));
    });
  return { name, keep };
}

const nothing = (outcome: Outcome, sent: string) => {
  assert.equal(outcome.status, "unsendable");
  assert.equal(sent, "");
};
const record = `<xs:complexType name="Rec" abstract="true"><xs:sequence>${text("id")}</xs:sequence></xs:complexType>
  <xs:complexType name="Cust"><xs:complexContent><xs:extension base="t:Rec"/></xs:complexContent></xs:complexType>`;
const header = { auth: { token: { secret: () => "promised-s3cret" } } };

export const promises: readonly Promised[] = [
  ofRow(
    "a required wildcard is left empty by nobody",
    `${text("v")}<xs:any processContents="lax"/>`,
    { v: "1" },
    nothing,
  ),
  ofRow(
    "a derived type is guessed by nobody",
    '<xs:element name="record" type="t:Rec"/>',
    { record: { id: "1" } },
    nothing,
    {
      more: record,
    },
  ),
  ofRow("bytes and digits are guessed by nobody", '<xs:element name="h" type="xs:hexBinary"/>', { h: "0AFF" }, nothing),
  ofRow(
    "XML of a row cannot leave its place",
    '<xs:any processContents="skip"/>',
    { "#any": "<a/></n1:req><b>" },
    nothing,
  ),
  ofRow(
    "a column of the header is in no body",
    text("v"),
    { v: "1", tenant: "T-1" },
    (outcome, sent) => {
      assert.equal(outcome.status, "accepted");
      assert.equal(sent.split("T-1").length, 2);
      assert.match(sent, /<soap:Header>.*T-1.*<\/soap:Header>/s);
    },
    { options: { header }, parts: { options: { header: { auth: { tenant: { field: "tenant" } } } } } },
  ),
  ofRow(
    "a secret of the header is shown to nobody",
    text("v"),
    { v: "1" },
    (_, sent, described) => {
      assert.match(sent, /promised-s3cret/);
      assert.doesNotMatch(described, /promised-s3cret/);
    },
    { options: { header } },
  ),
  atStart(
    "what is optional stops no start",
    `${text("v")}<xs:element name="o" type="t:Nowhere" minOccurs="0"/>`,
    {},
    (at) => assert.deepEqual(at, []),
  ),
  atStart("what is required and nowhere stops the start", '<xs:element name="o" type="t:Nowhere"/>', {}, (at) =>
    assert.deepEqual(at, ["path"]),
  ),
  atStart(
    "a batch that its list cannot take stops the start",
    '<xs:element name="i" maxOccurs="2"><xs:complexType/></xs:element>',
    { batch: 3, options: { list: "i" } },
    (at) => assert.deepEqual(at, ["batch"]),
  ),
];
