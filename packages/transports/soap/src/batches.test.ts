import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SyncItem, WireValue } from "@syncline/core/spi";
import { testItem } from "@syncline/testkit/makers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { soap } from "./soap.ts";
import { itemOf, strategyOf } from "./testing/calls.ts";
import { bodyBy, contractFrom, requestOf, wsdlOf } from "./testing/contracts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "syncline-batches-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function problems(occurs: string, batch: number): Promise<readonly string[]> {
  const item = '<xs:complexType><xs:sequence><xs:element name="v" type="xs:string"/></xs:sequence></xs:complexType>';
  const wsdl = join(folder, "a.wsdl");
  writeFileSync(
    wsdl,
    wsdlOf(requestOf(`<xs:sequence><xs:element name="item" ${occurs}>${item}</xs:element></xs:sequence>`)),
  );
  const transport = soap({ wsdl });
  expect(await transport.prepare?.(new AbortController().signal)).toEqual([]);
  const found = transport.checkStrategy?.(strategyOf({ path: "op", batch, options: { list: "item" } })) ?? [];
  return found.map(({ at, message }) => `${at} ${message}`);
}

it("a batch larger than its list may be is found at the start", async () => {
  expect(await problems('maxOccurs="5"', 5)).toEqual([]);
  expect(await problems('maxOccurs="5"', 6)).toEqual(["batch is 6, and item may be there 5 times"]);
});

it("a list that needs more than one item is found at the start: any batch may be of one", async () => {
  expect(await problems('minOccurs="2" maxOccurs="5"', 4)).toEqual([
    "batch may be 1 at a time, and item must be there 2 times",
  ]);
});

describe("a list of single values", () => {
  const ids = wsdlOf(requestOf('<xs:sequence><xs:element name="id" type="xs:int" maxOccurs="9"/></xs:sequence>'));
  const root = /^<n1:req xmlns:n1="urn:t">|<\/n1:req>$/g;
  const sent = async (items: readonly SyncItem[], operation: "upsert" | "delete") =>
    bodyBy(await contractFrom(ids), [], { list: "id" }, { batched: true, operation, items }).replace(root, "");
  const rows = (...bodies: readonly WireValue[]) => bodies.map((body) => itemOf(body));
  const keys = (...all: readonly SyncItem["key"][]) => all.map((key) => testItem({ key }));

  it("takes the column named #text", async () => {
    expect(await sent(rows({ "#text": 1 }, { "#text": "2" }), "upsert")).toBe("<n1:id>1</n1:id><n1:id>2</n1:id>");
    expect(await sent(rows({ id: 1 }), "upsert")).toBe("id is no element of id; #text is missing");
  });

  it("takes the key of what is gone, which is one field", async () => {
    expect(await sent(keys({ orderId: "1" }, { orderId: "2" }), "delete")).toBe("<n1:id>1</n1:id><n1:id>2</n1:id>");
    expect(await sent(keys({ orderId: "1", tenant: "t" }), "delete")).toBe(
      "orderId is no element of id; tenant is no element of id; #text is missing",
    );
  });
});
