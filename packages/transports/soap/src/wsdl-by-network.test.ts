import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { SyncInvoker } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

const never = new AbortController().signal;
const source = readFileSync(inboxWsdl, "utf8");
const call = callOf([{ id: 1 }], { path: "Put", options: { document: "order" } });

let inbox: InboxServer;
let server: Server;
let origin: string;
let answer: RequestListener;
const opened: SyncInvoker[] = [];
beforeEach(async () => {
  inbox = new InboxServer();
  await inbox.start();
  answer = sound;
  server = createServer((incoming, response) => answer(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const invoker of opened.splice(0)) await invoker.close?.();
  server.closeAllConnections();
  server.close();
  await inbox.stop();
});

/** The files beside the WSDL, as they are. */
const sound: RequestListener = (incoming, response) => {
  response.end(readFileSync(join(dirname(inboxWsdl), (incoming.url ?? "").replace(/\?.*/, ""))));
};

const text =
  (body: string, status = 200, headers = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** A WSDL beside the schema that it imports. */
const besides =
  (wsdl: string): RequestListener =>
  (incoming, response) =>
    (incoming.url?.includes(".xsd") ? sound : text(wsdl))(incoming, response);

async function opening(options: Partial<SoapOptions> = {}): Promise<SyncInvoker> {
  const transport = soap({ wsdl: `${origin}/inbox.wsdl?wsdl`, endpoint: inbox.endpoint, ...options });
  expect(transport.checkOptions?.()).toEqual([]);
  expect(await transport.prepare?.(never)).toEqual([]);
  expect(transport.checkStrategy?.(strategyOf({ path: "Put", options: { document: "order" } }))).toEqual([]);
  const invoker = transport.open({ downstream: "crm", log: quiet });
  opened.push(invoker);
  return invoker;
}

const schema = (content: string) =>
  source.replace(
    /<wsdl:types>.*<\/wsdl:types>/s,
    `<wsdl:types><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:m="urn:example:inbox:messages"
      targetNamespace="urn:example:inbox:messages" elementFormDefault="qualified">${content}</xs:schema></wsdl:types>`,
  );
const put = (content: string) => `<xs:element name="Put"><xs:complexType>${content}</xs:complexType></xs:element>`;

describe("what a URL answers for a WSDL holds the calls that need it, until it answers well", () => {
  const unfit: { readonly [what: string]: () => RequestListener } = {
    "HTML with the status 200": () => text("<html><body>maintenance</body></html>"),
    "HTML that is no XML": () => text("<html><br>maintenance"),
    JSON: () => text("{}"),
    nothing: () => text(""),
    "a 204": () => text("", 204),
    "a 302": () => text("", 302, { location: `${origin}/inbox.wsdl` }),
    "a 404": () => text("no", 404),
    "a 410": () => text("no", 410),
    "a 418": () => text("no", 418),
    "a WSDL 2.0": () => text('<description xmlns="http://www.w3.org/ns/wsdl"/>'),
    "a WSDL without a service": () => text('<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>'),
    "a WSDL without the operation": () => besides(source.replaceAll('name="Put"', 'name="Put2"')),
    "a WSDL that breaks off": () => text(source.slice(0, 900)),
    "a document type": () => text(`<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/hostname">]>${source}`),
    "an import that is not there": () => (incoming, response) =>
      incoming.url?.endsWith(".xsd") ? void response.writeHead(404).end() : sound(incoming, response),
    "a bomb": () => (_, response) =>
      void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(64 << 20, 0x20))),
    "a text in no known encoding": () => text(source, 200, { "content-type": "text/xml; charset=x-ours" }),
  };
  for (const [what, made] of Object.entries(unfit)) {
    it(`${what}`, async () => {
      answer = made();
      const invoker = await opening();
      for (const _ of [1, 2]) {
        const failure = failureOf(await invoker.invoke(call, patient()));
        expect(failure).toMatchObject({ kind: "misconfigured", effect: "no" });
        expect(failure.code).toMatch(/^soap\.(wsdl|strategy)$/);
      }
      expect(inbox.received).toEqual([]);
      answer = sound;
      expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
    });
  }

  it.each<[string, RequestListener]>([
    [
      "compressed",
      (incoming, response) =>
        incoming.url?.includes(".xsd")
          ? sound(incoming, response)
          : void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(source)),
    ],
    [
      "in UTF-16",
      (incoming, response) =>
        incoming.url?.includes(".xsd")
          ? sound(incoming, response)
          : void response.end(Buffer.from(`\ufeff${source.replace(/UTF-8/i, "UTF-16")}`, "utf16le")),
    ],
  ])("but for one that is only %s", async (_, listener) => {
    answer = listener;
    expect(await (await opening()).invoke(call, patient())).toEqual({ status: "accepted" });
  });

  it("a rotated secret is read again once the old one was refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rotated-"));
    const file = join(folder, "token");
    await writeFile(file, "old");
    answer = (incoming, response) =>
      incoming.headers.authorization === "Bearer new" ? sound(incoming, response) : response.writeHead(401).end();
    const invoker = await opening({ auth: { bearer: `file:${file}` } });
    expect(failureOf(await invoker.invoke(call, patient()))).toMatchObject({ kind: "unauthorized", effect: "no" });
    await writeFile(file, "new");
    expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
    await rm(folder, { recursive: true });
  });

  it("a contract that has changed is asked for again once a call did not fit, and the known one serves until then", async () => {
    const invoker = await opening();
    const action = async () => {
      expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
      return inbox.received.at(-1)?.headers.soapaction;
    };
    const known = await action();
    const refuse = async () => {
      inbox.next({ act: "refuse", kind: "misconfigured" });
      expect(failureOf(await invoker.invoke(call, patient())).kind).toBe("misconfigured");
    };
    answer = text("<html/>");
    await refuse();
    expect(await action()).toBe(known);
    answer = besides(source.replaceAll(/soapAction="[^"]*"/g, 'soapAction="urn:new"'));
    expect(await action()).toBe(known);
    await refuse();
    expect(await action()).toBe('"urn:new"');
  });

  it("a stalled answer ends with the call's own deadline", async () => {
    answer = () => {};
    const transport = soap({ wsdl: `${origin}/inbox.wsdl`, endpoint: inbox.endpoint });
    expect(await transport.prepare?.(AbortSignal.timeout(100))).toEqual([]);
    const invoker = transport.open({ downstream: "crm", log: quiet });
    opened.push(invoker);
    const context = { signal: AbortSignal.timeout(100), deadline: Date.now() + 100, trace: {} };
    expect(failureOf(await invoker.invoke(call, context))).toMatchObject({ effect: "no" });
  });
});

describe("a WSDL by URL is bounded in all", () => {
  const limit = 16 << 20;

  /** Answers without end, and counts what the other side takes. */
  function endless(part: string): { readonly sent: () => number; readonly answer: RequestListener } {
    let sent = 0;
    const chunk = Buffer.from(part.repeat(Math.ceil(65_536 / part.length)));
    const pour = (response: ServerResponse) => {
      while (!response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once("drain", () => pour(response));
      }
    };
    return { sent: () => sent, answer: (_, response) => pour(response) };
  }

  it.each(["<a/>", " ", '<a b="c">', "&amp;", "<!-- -->"])("%j without end", async (part) => {
    const stream = endless(part);
    answer = stream.answer;
    const invoker = await opening();
    expect(failureOf(await invoker.invoke(call, patient()))).toMatchObject({
      kind: "misconfigured",
      code: "soap.wsdl",
      message: expect.stringContaining("larger than 16 MiB"),
    });
    // Twice: at the start, and for the call. What the sockets' buffers hold comes on top.
    expect(stream.sent()).toBeLessThan(3 * limit);
  });

  it("documents of all imports together", async () => {
    let sent = 0;
    const filler = " ".repeat(1 << 20);
    answer = (incoming, response) => {
      const [, number = "0"] = /(\d+)\.xsd/.exec(incoming.url ?? "") ?? [];
      const inner = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="${Number(number) + 1}.xsd"/></xs:schema>`;
      const body = (incoming.url?.includes("wsdl") ? source.replace("inbox.xsd", "1.xsd") : inner) + filler;
      sent += body.length;
      response.end(body);
    };
    const invoker = await opening();
    const { message } = failureOf(await invoker.invoke(call, patient()));
    expect(message).toContain("larger than 16 MiB");
    expect(sent).toBeLessThan(3 * limit);
  });

  it("imports in a circle end, and imports without end are counted", async () => {
    let asked = 0;
    const inner = (location: string) =>
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="${location}"/></xs:schema>`;
    answer = (incoming, response) => {
      asked += 1;
      const body = incoming.url?.includes(".wsdl") ? source.replace("inbox.xsd", "a.xsd") : inner("a.xsd");
      response.end(body);
    };
    const invoker = await opening();
    expect(failureOf(await invoker.invoke(call, patient())).message).toContain("there is no element");
    expect(asked).toBeLessThan(8);
    answer = (incoming, response) => {
      asked += 1;
      response.end(incoming.url?.includes(".wsdl") ? source.replace("inbox.xsd", "a.xsd") : inner(`${asked}.xsd`));
    };
    const another = await opening();
    expect(failureOf(await another.invoke(call, patient())).message).toContain("imports more than 500 documents");
  });

  const described: { readonly [what: string]: readonly [wsdl: () => string, words: string] } = {
    elements: [() => source.replace("<wsdl:types>", `${"<a/>".repeat(250_000)}<wsdl:types>`), "too many elements"],
    attributes: [
      () =>
        source.replace(
          "<wsdl:types>",
          `${`<a${' b="" c="" d=""'.replace(/b|c|d/g, (n) => n)}/>`.repeat(150_000)}<wsdl:types>`,
        ),
      "too many attributes",
    ],
    depth: [() => source.replace("<wsdl:types>", `${"<a>".repeat(300)}${"</a>".repeat(300)}<wsdl:types>`), "200 deep"],
    operations: [
      () => source.replace(/(<wsdl:port .*?<\/wsdl:port>)/s, (port) => port.repeat(9_000)),
      "more than 10000 operations",
    ],
    "parts of a message": [
      () => source.replace(/<wsdl:part [^>]*>/, (part) => part.repeat(2_000)),
      "more than 200 parts",
    ],
    "groups that double each other": [
      () => {
        const ref = (n: number) => `<xs:sequence><xs:group ref="m:g${n}"/></xs:sequence>`;
        const groups = Array.from(
          { length: 40 },
          (_, n) => `<xs:group name="g${n}"><xs:sequence>${ref(n + 1)}${ref(n + 1)}</xs:sequence></xs:group>`,
        );
        return schema(
          `${groups.join("")}<xs:group name="g40"><xs:sequence/></xs:group>${put('<xs:group ref="m:g0"/>')}`,
        );
      },
      "is no element of Put",
    ],
    "elements that double each other": [
      () => {
        const two = (n: number) => `<xs:element ref="m:a${n}"/><xs:element ref="m:b${n}"/>`;
        const all = Array.from({ length: 40 }, (_, n) =>
          ["a", "b"].map(
            (name) =>
              `<xs:element name="${name}${n}"><xs:complexType><xs:sequence>${two(n + 1)}</xs:sequence></xs:complexType></xs:element>`,
          ),
        );
        const ends = ["a", "b"].map((name) => `<xs:element name="${name}40" type="xs:string"/>`);
        return schema(`${all.flat().join("")}${ends.join("")}${put(`<xs:sequence>${two(0)}</xs:sequence>`)}`);
      },
      "is no element of Put",
    ],
    "a group in itself": [
      () =>
        schema(
          `<xs:group name="g"><xs:sequence><xs:group ref="m:g"/></xs:sequence></xs:group>${put('<xs:group ref="m:g"/>')}`,
        ),
      "without end",
    ],
    "attributes that are their own group": [
      () =>
        schema(
          `<xs:attributeGroup name="g"><xs:attributeGroup ref="m:g"/></xs:attributeGroup>${put('<xs:attributeGroup ref="m:g"/>')}`,
        ),
      "without end",
    ],
    "a type that is its own base": [
      () =>
        schema(
          `<xs:complexType name="t"><xs:complexContent><xs:extension base="m:t"/></xs:complexContent></xs:complexType><xs:element name="Put" type="m:t"/>`,
        ),
      "without end",
    ],
    "a simple type that is its own base": [
      () =>
        schema(
          `<xs:simpleType name="t"><xs:restriction base="m:t"/></xs:simpleType>${put('<xs:sequence><xs:element name="order" type="m:t"/></xs:sequence>')}`,
        ),
      "without end",
    ],
    "unions that double each other": [
      () => {
        const types = Array.from(
          { length: 40 },
          (_, n) => `<xs:simpleType name="t${n}"><xs:union memberTypes="m:t${n + 1} m:t${n + 1}"/></xs:simpleType>`,
        );
        const end = '<xs:simpleType name="t40"><xs:restriction base="xs:string"/></xs:simpleType>';
        return schema(
          `${types.join("")}${end}${put('<xs:sequence><xs:element name="order" type="m:t0"/></xs:sequence>')}`,
        );
      },
      "more than 1000 types",
    ],
  };
  for (const [what, [wsdl, words]] of Object.entries(described)) {
    it(`in ${what}`, async () => {
      answer = besides(wsdl());
      const invoker = await opening();
      const failure = failureOf(await invoker.invoke(call, patient()));
      expect(failure).toMatchObject({ kind: "misconfigured", effect: "no" });
      expect(failure.message).toContain(words);
      expect(failure.message.length).toBeLessThan(2_000);
    });
  }

  it("and read in turns: others go on beside it", async () => {
    answer = besides(source.replace("<wsdl:types>", `${"<a/>".repeat(199_000)}<wsdl:types>`));
    const transport = soap({ wsdl: `${origin}/inbox.wsdl`, endpoint: inbox.endpoint });
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await transport.prepare?.(never);
    isOver = true;
    expect(turns).toBeGreaterThan(40);
  });
});

it("credentials and rows go to no port that a WSDL by URL places elsewhere, be it the only one with the operation", async () => {
  const elsewhere = new InboxServer();
  await elsewhere.start();
  const port = `<wsdl:port name="Other" binding="tns:Inbox11"><soap:address location="${elsewhere.endpoint}"/></wsdl:port>`;
  answer = besides(
    source.replaceAll("http://127.0.0.1:9", origin).replace("</wsdl:service>", `${port}</wsdl:service>`),
  );
  const transport = soap({ wsdl: `${origin}/inbox.wsdl`, auth: { bearer: "token-1" } });
  const invoker = transport.open({ downstream: "crm", log: quiet });
  opened.push(invoker);
  const outcome = await invoker.invoke({ ...call, path: "Inbox.Other.Put" }, patient());
  expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", code: "soap.endpoint", effect: "no" });
  expect(elsewhere.received).toEqual([]);
  await elsewhere.stop();
});
