import type { Outcome, WireValue } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { soap } from "./soap.ts";
import { callOf, patient, quiet } from "./testing/calls.ts";
import { InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

let inbox: InboxServer;
beforeEach(async () => {
  inbox = new InboxServer();
  await inbox.start();
});
afterEach(() => inbox.stop());

const accepted = { status: "accepted" };

async function send(bodies: readonly WireValue[], parts: Parameters<typeof callOf>[1] = {}): Promise<Outcome> {
  const invoker = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint }).open({ downstream: "crm", log: quiet });
  const options = { document: "order" };
  const outcome = await invoker.invoke(callOf(bodies, { path: "Put", options, ...parts }), patient());
  await invoker.close?.();
  return outcome;
}

async function reasons(document: WireValue): Promise<string> {
  const outcome = await send([document]);
  expect(inbox.received, "nothing is sent").toEqual([]);
  if (outcome.status !== "unsendable") throw new Error(`expected unsendable, got ${JSON.stringify(outcome)}`);
  return outcome.failures.map(({ failure }) => failure.message).join("\n");
}

const body = () => /<soap:Body>(.*)<\/soap:Body>/s.exec(inbox.received[0]?.text ?? "")?.[1];

describe("a document as a message", () => {
  it("has the schema's order and namespaces, whatever the row's order is", async () => {
    const row = { customer: { city: "Bonn", name: "Ada", "@vip": true }, total: "1.50", id: "7" };
    expect(await send([row], { options: { document: "order", stamp: { revision: "revision" } } })).toEqual(accepted);
    // The inbox's schema is qualified, that of the orders is not; an extended type's own elements come last.
    expect(body()).toBe(
      '<n1:Put xmlns:n1="urn:example:inbox:messages"><n1:revision>7</n1:revision><n1:order><id>7</id><total>1.50</total>' +
        '<customer vip="true"><name>Ada</name><city>Bonn</city></customer></n1:order></n1:Put>',
    );
  });

  it("says nil where an element may be nil, and leaves out an optional one", async () => {
    expect(await send([{ nothing: null, total: null }])).toEqual(accepted);
    expect(body()).toContain('<nothing xsi:nil="true"/></n1:order>');
  });

  it("writes numbers as the schema's digits", async () => {
    expect(await send([{ total: 1e-7, id: 42, double: [1e21] }])).toEqual(accepted);
    expect(body()).toContain("<id>42</id><total>0.0000001</total><double>1e21</double>");
  });

  it("puts a batch into the repeated element, beside constant elements", async () => {
    const options = { document: "order", list: "items.item" };
    expect(await send([{ id: 1 }, { id: 2 }], { path: "PutAll", batched: true, options })).toEqual(accepted);
    expect(inbox.received[0]?.items.map((item) => item.body)).toEqual([{ id: "1" }, { id: "2" }]);
  });
});

describe("what does not fit is not sent, and the reason names the field and never the value", () => {
  const cases: readonly (readonly [what: string, document: WireValue, reason: string])[] = [
    ["an unknown element", { totl: "s3cret" }, "order.totl is no element of order"],
    ["a text that is no number", { total: "s3cret" }, "order.total is no xs:decimal"],
    ["an exponent in a decimal's text", { total: "1e21" }, "order.total is no xs:decimal"],
    ["a number out of range", { id: "9223372036854775808" }, "order.id is out of the range of xs:long"],
    ["an integer that has lost digits", { id: 2 ** 60 }, "order.id is a number beyond 2⁵³"],
    ["a decimal that a double would round", { double: ["0.12345678901234567890"] }, "order.double.0 has more digits"],
    ["a text that is no boolean", { truth: "yes" }, "order.truth is no xs:boolean"],
    ["a day that is not in the calendar", { day: "2026-02-29" }, "order.day is no xs:date"],
    ["a time without a day", { at: "10:00:00" }, "order.at is no xs:dateTime"],
    ["a text that is no base64", { bytes: "s3cret!" }, "order.bytes is no base64"],
    ["a value that is not enumerated", { state: "s3cret" }, "order.state is none of the values allowed"],
    ["blanks that the type would drop", { state: " paid" }, "order.state has blanks that the type drops"],
    ["an object where a text belongs", { nothing: { a: 1 } }, "order.nothing is no single value"],
    ["a text where an object belongs", { customer: "s3cret" }, "order.customer is no object"],
    ["a list where one belongs", { total: ["1", "2"] }, "order.total is a list, and may be there once"],
    [
      "a missing element, deep inside",
      { customer: { name: "a", parent: {} } },
      "order.customer.parent.name is missing",
    ],
    ["null where the element must be there", { customer: { name: null } }, "order.customer.name is null"],
    ["null in a list", { text: [null] }, "order.text.0 is null"],
    ["a document that is a list", [{ id: 1 }], "order is a list, and may be there once"],
    ["null in place of the document", null, "the document must have one of order, json"],
  ];
  for (const [what, document, reason] of cases) {
    it(what, async () => {
      const words = await reasons(document);
      expect(words).toContain(reason);
      expect(words).not.toContain("s3cret");
    });
  }

  for (const character of ["\u0000", "\u0001", "\u001b", "\ufffe", "\ud800"]) {
    it(`the character U+${character.charCodeAt(0).toString(16).padStart(4, "0")}, which XML cannot carry`, async () => {
      expect(await reasons({ text: [`a${character}b`] })).toBe("order.text.0 holds a character that XML cannot carry");
      expect(await reasons({ "@source": character })).toBe("order.@source holds a character that XML cannot carry");
    });
  }

  it("two branches of one choice", async () => {
    const outcome = await send([{ order: { id: 1 }, json: "{}" }], { options: {} });
    expect(outcome).toMatchObject({
      failures: [{ index: 0, failure: { message: "the document may have only one of order, json" } }],
    });
  });

  it("several fields of several items at once", async () => {
    const options = { document: "order", list: "items.item" };
    const bodies = [{ id: "x", total: "y" }, { id: 1 }, { truth: 2 }];
    const outcome = await send(bodies, { path: "PutAll", batched: true, options });
    expect(outcome).toMatchObject({ status: "unsendable", failures: [{ index: 0 }, { index: 2 }] });
    expect(JSON.stringify(outcome)).toContain("order.id is no xs:long; order.total is no xs:decimal");
  });
});
