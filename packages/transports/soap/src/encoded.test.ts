import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WireValue } from "@syncline/core/spi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { soap } from "./soap.ts";
import { callOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { envelope, InboxServer } from "./testing/inbox-server.ts";
import { hasPhp, PhpServer } from "./testing/php-server.ts";
import { readXml } from "./xml/read-xml.ts";

const wsdl = fileURLToPath(new URL("./testing/encoded.wsdl", import.meta.url));
const row: WireValue = {
  number: "A<1",
  amount: "12.50",
  paid: true,
  tags: ["a", "b&c"],
  lines: [
    { sku: "x", count: 1 },
    { sku: "y", count: null },
  ],
};

type Version = "1.1" | "1.2";

// Tools write 1.1's arrays into the schema for either version.
let folder: string;
let wsdl12: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "syncline-encoded-"));
  wsdl12 = join(folder, "encoded.wsdl");
  writeFileSync(
    wsdl12,
    readFileSync(wsdl, "utf8").replace("wsdl/soap/", "wsdl/soap12/").replace('name="state"', 'name="result"'),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
const wsdlFor = (version: Version) => (version === "1.1" ? wsdl : wsdl12);

async function send(endpoint: string, body: WireValue, options = {}, version: Version = "1.1") {
  const invoker = soap({ wsdl: wsdlFor(version), endpoint, soapVersion: version }).open({
    downstream: "crm",
    log: quiet,
  });
  const outcome = await invoker.invoke(callOf([body], { path: "Put", options }), patient());
  await invoker.close?.();
  return outcome;
}

describe.skipIf(!hasPhp()).each(["1.1", "1.2"] as const)("PHP's SoapServer, over SOAP's encoding %s", (version) => {
  let server: PhpServer;
  const told = () => join(folder, `told-${version}.json`);
  beforeAll(async () => {
    server = await PhpServer.start(version, told(), { name: "stock", wsdl: wsdlFor(version) });
  });
  afterAll(() => server.stop());

  it("understands values, arrays and arrays of objects as they were meant, and its answer is understood", async () => {
    // PHP's server says of SOAP 1.2's answers which part is the result, and this one is called so.
    const answer = { ok: { path: version === "1.1" ? "state" : "result", in: ["stored"] } };
    expect(await send(server.endpoint, row, { answer }, version)).toEqual({ status: "accepted" });
    expect(JSON.parse(readFileSync(told(), "utf8"))).toEqual(row);
  });
});

describe("a message by SOAP's encoding", () => {
  let inbox: InboxServer;
  beforeEach(async () => {
    inbox = new InboxServer();
    await inbox.start();
  });
  afterEach(() => inbox.stop());

  it("tells the type of each element, and of each array what is in it", async () => {
    await send(inbox.endpoint, row);
    const sent = readXml(inbox.received[0]?.text ?? "").children[0]?.children[0];
    const type = "{http://www.w3.org/2001/XMLSchema-instance}type";
    const arrayType = "{http://schemas.xmlsoap.org/soap/encoding/}arrayType";
    const told = sent?.children.map((part) => {
      const name = part.attributes.get(arrayType) ?? part.attributes.get(type) ?? "";
      const [prefix = "", local = ""] = name.split(":");
      return `${part.name} ${sent.prefixes[prefix]} ${local}`;
    });
    expect(told).toEqual([
      "number http://www.w3.org/2001/XMLSchema string",
      "amount http://www.w3.org/2001/XMLSchema decimal",
      "paid http://www.w3.org/2001/XMLSchema boolean",
      "tags http://www.w3.org/2001/XMLSchema string[2]",
      "lines urn:example:stock Line[2]",
    ]);
    expect([...(sent?.attributes ?? [])]).toEqual([
      ["{http://schemas.xmlsoap.org/soap/envelope/}encodingStyle", "http://schemas.xmlsoap.org/soap/encoding/"],
    ]);
  });

  it("tells in 1.2 the type and the size of arrays apart", async () => {
    await send(inbox.endpoint, row, {}, "1.2");
    const sent = readXml(inbox.received[0]?.text ?? "").children[0]?.children[0];
    const encoding = "http://www.w3.org/2003/05/soap-encoding";
    const arrays = (sent?.children ?? []).slice(3).map(({ attributes }) => {
      const [prefix = "", local = ""] = (attributes.get(`{${encoding}}itemType`) ?? "").split(":");
      return `{${sent?.prefixes[prefix]}}${local} ${attributes.get(`{${encoding}}arraySize`)}`;
    });
    expect(arrays).toEqual(["{http://www.w3.org/2001/XMLSchema}string 2", "{urn:example:stock}Line 2"]);
    expect([...(sent?.attributes ?? [])]).toEqual([
      ["{http://www.w3.org/2003/05/soap-envelope}encodingStyle", encoding],
    ]);
  });

  it("is refused like any other where a value does not fit", async () => {
    const outcome = await send(inbox.endpoint, {
      ...(row as object),
      paid: "maybe",
      lines: [{ sku: "x", count: "y" }],
    });
    expect(JSON.stringify(outcome)).toContain("paid is no xs:boolean; lines.item.0.count is no xs:int");
    expect(inbox.received).toEqual([]);
  });

  it("binds at the start", async () => {
    const transport = soap({ wsdl, endpoint: inbox.endpoint });
    expect(await transport.prepare?.(new AbortController().signal)).toEqual([]);
    expect(transport.checkStrategy?.(strategyOf({ path: "Put" }))).toEqual([]);
  });

  const put = (content: string, more = "") =>
    envelope("1.1", `<s:PutResponse xmlns:s="urn:example:stock">${content}</s:PutResponse>${more}`);
  const judged = (body: string, ok: object, version: Version = "1.1") => {
    inbox.next({ act: "answer", status: 200, body });
    return send(inbox.endpoint, row, { answer: { ok } }, version);
  };

  it("may be answered by references, to elements that stand elsewhere in the body", async () => {
    const body = put(
      '<state href="#a"/>',
      '<multiRef id="a"><code href="#b"/></multiRef><multiRef id="b">stored</multiRef>',
    );
    expect(await judged(body, { path: "state.code", in: ["stored"] })).toEqual({ status: "accepted" });
  });

  it("may be answered in 1.2 by references to where the element stands first", async () => {
    const encoding = 'xmlns:enc="http://www.w3.org/2003/05/soap-encoding"';
    const result = `<first ${encoding}><inner enc:id="a">stored</inner></first><result ${encoding} enc:ref="a"/>`;
    const body = put(result).replaceAll(
      "http://schemas.xmlsoap.org/soap/envelope/",
      "http://www.w3.org/2003/05/soap-envelope",
    );
    expect(await judged(body, { path: "result", in: ["stored"] }, "1.2")).toEqual({ status: "accepted" });
  });

  it.each([
    ["themselves", '<multiRef id="a"><code href="#a"/></multiRef>'],
    [
      "others twice, and these again",
      Array.from({ length: 60 }, (_, n) => {
        const twice = `<x href="#a${n + 1}"/><y href="#a${n + 1}"/>`;
        return `<multiRef id="a${n === 0 ? "" : n}">${twice}</multiRef>`;
      }).join(""),
    ],
    ["nothing", ""],
  ])("does not follow without end references to %s", async (_, more) => {
    const outcome = await judged(put('<state href="#a"/>', more), { path: "nowhere", in: ["stored"] });
    expect(outcome.status).toBe("failed");
  });
});
