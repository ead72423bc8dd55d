import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireValue } from "@syncline/core/spi";
import { listen } from "soap";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { inboxWsdl } from "./testing/inbox-server.ts";
import { hasPhp, PhpServer } from "./testing/php-server.ts";
import { shopWsdl } from "./testing/shop.ts";

const accepted = { status: "accepted" };
const order: WireValue = {
  customer: { name: "Žofie & <Söhne> 👩‍👩‍👧‍👦", "@vip": true, city: "a\r\nb\tc" },
  id: "9007199254740993",
  total: "12345678901234567890.120",
  text: ["", "  two  ", "]]>"],
  nothing: null,
  truth: false,
  double: [0.1, 1e21],
  at: "2026-10-25T01:30:00.000Z",
  day: "2024-02-29",
  bytes: "AAECAwT/",
  state: "paid",
  "@source": 'a "b"',
};
const refused: WireValue = { customer: { name: "fault" } };

async function send(options: SoapOptions, bodies: readonly WireValue[], parts: Parameters<typeof callOf>[1]) {
  const invoker = soap(options).open({ downstream: "crm", log: quiet });
  const outcome = await invoker.invoke(callOf(bodies, parts), patient());
  await invoker.close?.();
  return outcome;
}

const php = hasPhp();

for (const soapVersion of ["1.1", "1.2"] as const) {
  describe.skipIf(!php)(`PHP's SoapServer, over SOAP ${soapVersion}`, () => {
    let folder: string;
    let server: PhpServer;
    let options: SoapOptions;
    const port = soapVersion === "1.1" ? "Inbox.Soap11" : "Inbox.Soap12";
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "syncline-php-"));
      server = await PhpServer.start(soapVersion, join(folder, "told.json"));
      options = { wsdl: inboxWsdl, endpoint: server.endpoint, soapVersion };
    });
    afterAll(async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    });

    it("understands a message as it was meant, and its answer is understood", async () => {
      const answer = { ok: { path: "status", in: ["OK"] } };
      const parts = { path: `${port}.Put`, options: { document: "order", stamp: { revision: "revision" }, answer } };
      expect(await send(options, [order], parts)).toEqual(accepted);
      expect(JSON.parse(readFileSync(join(folder, "told.json"), "utf8"))).toEqual({
        revision: 7,
        order: {
          ...{ customer: { name: "Žofie & <Söhne> 👩‍👩‍👧‍👦", city: "a\r\nb\tc", vip: true } },
          // JSON.parse rounds what PHP writes as an integer; it had it to the last digit.
          id: Number("9007199254740993"),
          ...{ total: "12345678901234567890.120", text: ["", "  two  ", "]]>"], nothing: null, truth: false },
          ...{ double: [0.1, 1e21], at: "2026-10-25T01:30:00.000Z", day: "2024-02-29", bytes: "AAECAwT/" },
          ...{ state: "paid", source: 'a "b"' },
        },
      });
      expect(readFileSync(join(folder, "told.json"), "utf8")).toContain('"id":9007199254740993');
    });

    it("refuses with a fault", async () => {
      const parts = { path: `${port}.Put`, options: { document: "order" } };
      expect(failureOf(await send(options, [refused], parts))).toMatchObject({ kind: "rejected", effect: "no" });
    });

    it("takes a list, and names the items that it refuses", async () => {
      const items = { path: "failures.failure", index: "index", code: "code", kind: "rejected" };
      const list = { document: "order", list: "items.item", answer: { items } };
      const parts = { path: `${port}.PutAll`, batched: true, options: list };
      expect(await send(options, [order, order], parts)).toEqual(accepted);
      expect(await send(options, [order, refused], parts)).toMatchObject({
        status: "partial",
        failures: [{ index: 1, failure: { kind: "rejected", code: "soap.item" } }],
      });
    });
  });
}

describe("soap's own server, with an RPC service", () => {
  let server: Server;
  let received: unknown[];
  let options: SoapOptions;
  beforeEach(async () => {
    received = [];
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const put = (message: { readonly number: string }) => {
      received.push(message);
      if (message.number !== "bad") return { state: "stored" };
      throw { Fault: { faultcode: "soap:Client.Bad", faultstring: "no", statusCode: 500 } };
    };
    const path = `/shop`;
    await new Promise((resolve) => {
      listen(server, path, { Shop: { Orders: { Put: put } } }, readFileSync(shopWsdl, "utf8"), resolve);
    });
    options = { wsdl: shopWsdl, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}` };
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("takes a message by its parts, and its answer is understood", async () => {
    const answer = { ok: { path: "state", in: ["stored"] } };
    const row = {
      amount: "12.50",
      number: "A-1",
      lines: {
        line: [
          { sku: "x", count: 1 },
          { count: 2, sku: "y" },
        ],
      },
    };
    expect(await send(options, [row], { path: "Put", options: { answer } })).toEqual(accepted);
    const line = [
      { sku: "x", count: "1" },
      { sku: "y", count: "2" },
    ];
    expect(received).toMatchObject([{ number: "A-1", amount: "12.50", lines: { line } }]);
  });

  it("refuses with a fault", async () => {
    const failure = failureOf(await send(options, [{ number: "bad", amount: 1, lines: {} }], { path: "Put" }));
    expect(failure).toMatchObject({ kind: "rejected", code: "soap.fault.Client" });
  });
});
