import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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

async function send(endpoint: string, body: WireValue, options = {}) {
  const invoker = soap({ wsdl, endpoint }).open({ downstream: "crm", log: quiet });
  const outcome = await invoker.invoke(callOf([body], { path: "Put", options }), patient());
  await invoker.close?.();
  return outcome;
}

describe.skipIf(!hasPhp())("PHP's SoapServer, over SOAP's encoding", () => {
  let folder: string;
  let server: PhpServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "syncline-encoded-"));
    server = await PhpServer.start("1.1", join(folder, "told.json"), { name: "stock", wsdl });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it("understands values, arrays and arrays of objects as they were meant, and its answer is understood", async () => {
    const answer = { ok: { path: "state", in: ["stored"] } };
    expect(await send(server.endpoint, row, { answer })).toEqual({ status: "accepted" });
    expect(JSON.parse(readFileSync(join(folder, "told.json"), "utf8"))).toEqual({
      ...(row as object),
      lines: [
        { sku: "x", count: 1 },
        { sku: "y", count: null },
      ],
    });
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
  const judged = (body: string, ok: object) => {
    inbox.next({ act: "answer", status: 200, body });
    return send(inbox.endpoint, row, { answer: { ok } });
  };

  it("may be answered by references, to elements that stand elsewhere in the body", async () => {
    const body = put(
      '<state href="#a"/>',
      '<multiRef id="a"><code href="#b"/></multiRef><multiRef id="b">stored</multiRef>',
    );
    expect(await judged(body, { path: "state.code", in: ["stored"] })).toEqual({ status: "accepted" });
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
