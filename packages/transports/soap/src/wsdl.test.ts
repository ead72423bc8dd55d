import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Problem } from "@syncline/core/spi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

const never = new AbortController().signal;
const source = readFileSync(inboxWsdl, "utf8");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "syncline-wsdl-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, "service.wsdl");
  writeFileSync(path, content);
  return path;
}

const prepare = async (options: SoapOptions): Promise<string> => {
  const problems: readonly Problem[] = (await soap(options).prepare?.(never)) ?? [];
  return problems.map(({ at, message }) => `${at} ${message}`).join("\n");
};

describe("a WSDL from a file", () => {
  it("is refused at the start if it is not there, no XML, no WSDL, or has a document type", async () => {
    expect(await prepare({ wsdl: join(folder, "missing.wsdl") })).toMatch(/^wsdl cannot be read: .*ENOENT/);
    const latin1 = Buffer.from(source.replace("<wsdl:types>", "<!-- é --><wsdl:types>"), "latin1");
    expect(await prepare({ wsdl: file(latin1) })).toMatch(/^wsdl is not in the encoding that it names: .*wsdl$/);
    expect(await prepare({ wsdl: file("<wsdl") })).toMatch(/^wsdl .* is not well-formed XML$/);
    expect(await prepare({ wsdl: file("<html/>") })).toMatch(/^wsdl .* is no WSDL 1\.1: its root element is html$/);
    expect(await prepare({ wsdl: file(`<!DOCTYPE x []>${source}`) })).toMatch(/^wsdl .*document type/);
  });

  it("reads nothing from the network, and says what was not read where it is needed", async () => {
    const remote = source.replace('"inbox.xsd"', '"http://evil.example/inbox.xsd"');
    const transport = soap({ wsdl: file(remote) });
    expect(await transport.prepare?.(never)).toEqual([]);
    const [problem] = transport.checkStrategy?.(strategyOf({ path: "Put" })) ?? [];
    expect(problem?.message).toMatch(
      /there is no element .*not read were: http:\/\/evil.example\/inbox.xsd \(`imports`/,
    );
  });

  it("may have bindings and no service, as Exchange's and ONVIF's have: the options say where it is", async () => {
    const wsdl = file(
      source
        .replace('"inbox.xsd"', `"${join(dirname(inboxWsdl), "inbox.xsd")}"`)
        .replace(/<wsdl:service.*<\/wsdl:service>/s, ""),
    );
    expect(await prepare({ wsdl })).toBe("endpoint is missing: the WSDL does not say where the service is");
    const transport = soap({ wsdl, endpoint: "http://127.0.0.1:9/" });
    expect(await transport.prepare?.(never)).toEqual([]);
    for (const path of ["Put", "Inbox11.Put"])
      expect(transport.checkStrategy?.(strategyOf({ path, options: { document: "order" } }))).toEqual([]);
  });

  it("may lack an imported file, says so where that is needed, and must have those that the options name", async () => {
    const transport = soap({ wsdl: file(source.replace('"inbox.xsd"', '"gone/inbox.xsd?xsd=1"')) });
    expect(await transport.prepare?.(never)).toEqual([]);
    const [problem] = transport.checkStrategy?.(strategyOf({ path: "Put" })) ?? [];
    expect(problem?.message).toMatch(
      /there is no element .*not read were: \/.*\/gone\/inbox.xsd\?xsd=1, which is not there \(`imports`/,
    );
    const imports = { "gone/inbox.xsd?xsd=1": join(folder, "missing.xsd") };
    expect(await prepare({ wsdl: file(source.replace('"inbox.xsd"', '"gone/inbox.xsd?xsd=1"')), imports })).toMatch(
      /^wsdl cannot be read: .*missing.xsd \(ENOENT\)/,
    );
    const rest = source.replace("<wsdl:types>", '<wsdl:import namespace="urn:gone" location="gone.wsdl"/><wsdl:types>');
    expect(await prepare({ wsdl: file(rest.replace(/<wsdl:binding.*<\/wsdl:binding>/s, "")) })).toMatch(
      /^wsdl has no operation over SOAP 1.1: it has none at all \(`soapVersion`\) \(not read were: .*gone.wsdl/,
    );
  });

  it("has a file in place of what it imports by a URL, where the options name one", async () => {
    const remote = source.replace('"inbox.xsd"', '"http://evil.example/inbox.xsd"');
    const local = join(dirname(inboxWsdl), "inbox.xsd");
    for (const named of ["http://evil.example/inbox.xsd"]) {
      const transport = soap({ wsdl: file(remote), imports: { [named]: local } });
      expect(transport.checkOptions?.()).toEqual([]);
      expect(await transport.prepare?.(never)).toEqual([]);
      expect(transport.checkStrategy?.(strategyOf({ path: "Put", options: { document: "order" } }))).toEqual([]);
    }
  });

  it("is refused if it has no port of the version", async () => {
    const local = source.replace('"inbox.xsd"', `"${join(dirname(inboxWsdl), "inbox.xsd")}"`);
    const old = local.replace(/<wsdl:port name="Soap12".*<\/wsdl:port>/, "");
    expect(await prepare({ wsdl: file(old) })).toBe("");
    expect(await prepare({ wsdl: file(old), soapVersion: "1.2" })).toContain(
      "has no operation over SOAP 1.2: it has SOAP 1.1",
    );
  });

  it("names the address, which the downstream's policy judges", async () => {
    expect(await prepare({ wsdl: inboxWsdl, network: { requireTls: true } })).toMatch(
      /^wsdl names an address .* must be https/,
    );
    const metadata = source
      .replaceAll("http://127.0.0.1:9/inbox", "http://169.254.169.254/")
      .replace("inbox.xsd", join(dirname(inboxWsdl), "inbox.xsd"));
    expect(await prepare({ wsdl: file(metadata) })).toContain("metadata service");
  });
});

describe("a WSDL from a URL", () => {
  let server: Server;
  let origin: string;
  let asked: string[];
  let isAway: boolean;
  let serve: (path: string) => string | undefined;
  beforeEach(async () => {
    asked = [];
    isAway = false;
    serve = (path) =>
      path === "/inbox"
        ? ""
        : readFileSync(join(dirname(inboxWsdl), path.replace(/\?.*/, "")), "utf8").replaceAll(
            "http://127.0.0.1:9",
            origin,
          );
    server = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? ""}`);
      const text = isAway ? undefined : serve(incoming.url ?? "");
      response.writeHead(isAway ? 503 : text === undefined ? 404 : 200).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it("is read once with its imports, by the downstream's own client and credentials", async () => {
    const transport = soap({ wsdl: `${origin}/inbox.wsdl?wsdl`, auth: { bearer: "token-1" } });
    expect(await transport.prepare?.(never)).toEqual([]);
    const invoker = transport.open({ downstream: "crm", log: quiet });
    await invoker.invoke(callOf([{ id: 1 }], { options: { document: "order" } }), patient());
    await invoker.close?.();
    expect(asked).toEqual([
      "GET /inbox.wsdl?wsdl Bearer token-1",
      "GET /inbox.xsd Bearer token-1",
      "GET /orders.xsd Bearer token-1",
      "POST /inbox Bearer token-1",
    ]);
  });

  it("that imports from elsewhere, or names another server than its own, holds its calls and nothing more", async () => {
    const refused = async () => {
      expect(await prepare({ wsdl: `${origin}/inbox.wsdl` })).toBe("");
      const invoker = soap({ wsdl: `${origin}/inbox.wsdl` }).open({ downstream: "crm", log: quiet });
      const failure = failureOf(await invoker.invoke(callOf([{ id: 1 }]), patient()));
      await invoker.close?.();
      expect(failure).toMatchObject({ kind: "misconfigured", effect: "no" });
      expect(failure.code).toMatch(/^soap\.(wsdl|strategy)$/);
      return failure.message;
    };
    const own = source.replaceAll("http://127.0.0.1:9", origin);
    serve = () => own.replace("inbox.xsd", "file:///etc/hostname");
    expect(await refused()).toContain("file:///etc/hostname, which is elsewhere");
    serve = () => own.replace("inbox.xsd", "http://127.0.0.1:1/x.xsd");
    expect(await refused()).toContain("which is elsewhere");
    serve = (path) => readFileSync(join(dirname(inboxWsdl), path), "utf8");
    expect(await refused()).toMatch(/^endpoint is missing: .*http:\/\/127\.0\.0\.1:9/);
    expect(asked.filter((line) => line.startsWith("POST"))).toEqual([]);
  });

  it("is named without the query and the credentials of its address, whatever is wrong with it", async () => {
    const bodies = [
      "<a",
      "<html/>",
      source.replace("inbox.xsd", "http://me:sk_live_2@elsewhere.example/x.xsd?sk_live_3"),
      source.replace("inbox.xsd", "other.xsd?key=sk_live_4"),
      "",
    ];
    for (const body of bodies) {
      serve = (path) => (path.includes("other.xsd") ? "<html/>" : body);
      const wsdl = `${origin}/inbox.wsdl?wsdl&key=sk_live_1`;
      const invoker = soap({ wsdl }).open({ downstream: "crm", log: quiet });
      const failure = failureOf(await invoker.invoke(callOf([{ id: 1 }]), patient()));
      expect(failure).toMatchObject({ code: "soap.wsdl" });
      expect(JSON.stringify(failure)).not.toContain("sk_live");
      await invoker.close?.();
    }
    isAway = true;
    expect(await prepare({ wsdl: `${origin}/inbox.wsdl?key=sk_live_1` })).not.toContain("sk_live");
  });

  it("whose host is away is no problem: it is read at the first call", async () => {
    const inbox = new InboxServer();
    await inbox.start();
    isAway = true;
    const transport = soap({ wsdl: `${origin}/inbox.wsdl`, endpoint: inbox.endpoint });
    expect(await transport.prepare?.(never)).toEqual([]);
    expect(transport.checkStrategy?.(strategyOf())).toEqual([]);
    const invoker = transport.open({ downstream: "crm", log: quiet });
    const call = callOf([{ id: 1 }], { options: { document: "order" } });
    expect(failureOf(await invoker.invoke(call, patient()))).toMatchObject({ kind: "unavailable", effect: "no" });
    isAway = false;
    expect(await invoker.invoke(call, patient())).toEqual({ status: "accepted" });
    await invoker.close?.();
    await inbox.stop();
  });
});

describe("a strategy", () => {
  const problems = async (parts: Parameters<typeof strategyOf>[0], options: Partial<SoapOptions> = {}) => {
    const transport = soap({ wsdl: inboxWsdl, ...options });
    await transport.prepare?.(never);
    return (transport.checkStrategy?.(strategyOf(parts)) ?? []).map(({ at, message }) => `${at} ${message}`);
  };
  const options = { document: "order" };

  it("names its operation alone, or with its service and port", async () => {
    for (const path of ["Put", "Inbox.Soap11.Put"]) expect(await problems({ path, options })).toEqual([]);
    expect(await problems({ path: "Inbox.Soap12.Put", options }, { soapVersion: "1.2" })).toEqual([]);
  });

  it("is told of the operations that there are if it names none of them", async () => {
    const [problem] = await problems({ path: "Inbox.Soap12.Put", options });
    expect(problem).toBe(
      "path there is no such operation; there are: Inbox.Soap11.Put, Inbox.Soap11.PutAll, Inbox.Soap11.Remove, Inbox.Soap11.RemoveAll, Inbox.Soap11.Notify",
    );
  });

  it("must say which port where several have the operation", async () => {
    const local = source.replace('"inbox.xsd"', `"${join(dirname(inboxWsdl), "inbox.xsd")}"`);
    const twice = local.replace(
      "</wsdl:service>",
      '<wsdl:port name="Other" binding="tns:Inbox11"><soap:address location="http://127.0.0.1:9/b"/></wsdl:port></wsdl:service>',
    );
    const found = await problems({ path: "Put", options }, { wsdl: file(twice) });
    expect(found).toEqual(["path is ambiguous, give one of: Inbox.Soap11.Put, Inbox.Other.Put"]);
  });

  it("is told everything that is wrong with it at once", async () => {
    const wrong = {
      document: "ordr",
      stamp: { revision: "rev" },
      fixed: { revision: "x", nope: 1 },
      delete: { path: "Gone" },
    };
    const found = await problems({ path: "Put", options: wrong });
    expect(found.map((line) => line.split(" ")[0])).toEqual([
      "options.delete.path",
      "options.document",
      "options.stamp.revision",
      "options.fixed.nope",
      "options.fixed.revision",
    ]);
  });

  it("needs a repeated element for a batch", async () => {
    const batch = { path: "PutAll", batch: 10 };
    expect(await problems({ ...batch, options })).toEqual([expect.stringMatching(/^options\.list is missing/)]);
    const single = { document: "order", list: "items" };
    expect(await problems({ ...batch, options: single })).toEqual(["options.list is no repeated element of PutAll"]);
    expect(await problems({ ...batch, options: { document: "order", list: "items.item" } })).toEqual([]);
  });
});

describe("a downstream's options", () => {
  it("are refused all at once, each with its place and none with its value", () => {
    const options = {
      wsdl: "",
      endpoint: "https://user:s3cret@a.example/",
      soapVersion: "2.0",
      security: { usernameToken: { user: "a" }, x509: {} },
      faultKinds: { Client: "ignored" },
      baseUrl: "https://a.example",
    };
    const problems = soap(options as unknown as SoapOptions).checkOptions?.() ?? [];
    expect(problems.map(({ at }) => at).sort()).toEqual([
      "baseUrl",
      "endpoint",
      "faultKinds.Client",
      "security",
      "security.usernameToken.password",
      "security.x509.cert",
      "security.x509.key",
      "soapVersion",
      "wsdl",
    ]);
    expect(JSON.stringify(problems)).not.toContain("s3cret");
  });

  it("may give the endpoint a query", () => {
    expect(soap({ wsdl: "a.wsdl", endpoint: "https://a.example/s.php?class=Orders" }).checkOptions?.()).toEqual([]);
  });
});

it("refuses in words a WSDL location that is no text, and cannot be made one", () => {
  const options = { endpoint: "https://crm.example.com", wsdl: [Object.create(null)] };
  const transport = soap(options as never);
  expect(transport.checkOptions?.()).toMatchObject([{ at: "wsdl" }]);
});
