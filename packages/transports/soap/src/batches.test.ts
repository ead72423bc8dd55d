import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { soap } from "./soap.ts";
import { strategyOf } from "./testing/calls.ts";
import { requestOf, wsdlOf } from "./testing/contracts.ts";

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
