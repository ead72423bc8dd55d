import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InvokeContext, SyncCall, Transport } from "@syncline/core/spi";
import type { TlsOptions } from "@syncline/core/transport-kit";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { soap } from "@syncline/soap";
import { testCall, testItem } from "@syncline/testkit/makers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ListeningServer, soundTls } from "../harness/tls-servers.ts";
import { waitFor } from "../harness/wait-for.ts";
import { type Files, removeFolder, secrets, soundFiles, soundServer, type TlsCase, tlsCases } from "./tls-cases.ts";

const protocols = new URL("../protocols/", import.meta.url);
const proto = fileURLToPath(new URL("shop.proto", protocols));
const wsdl = fileURLToPath(new URL("shop.wsdl", protocols));
const log = { debug() {}, info() {}, warn() {}, error() {} };
const timeouts = { connectMs: 1_000 };
const envelope = (body: string) =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${body}</e:Body></e:Envelope>`;

let folder: string;
/** Speaks plainly: beside the token endpoint, which is the one that is tried. */
let plain: Server;
let plainUrl: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "syncline-tls-"));
  plain = createServer((request, response) => void request.resume().on("end", () => response.end("{}")));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeFolder();
  plain.close();
  plain.closeAllConnections();
});

/** The sound server, whatever is asked for. */
function answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
  request.resume().on("end", () => {
    if (request.headers["content-type"] === "application/grpc") {
      response.setHeader("content-type", "application/grpc");
      response.addTrailers({ "grpc-status": "0" });
      return response.end(Buffer.alloc(5));
    }
    if (request.url === "/token") return response.end('{"access_token":"planted-secret-token","expires_in":3600}');
    if (request.url === "/?wsdl") return response.end(readFileSync(wsdl));
    if (request.headers.soapaction === undefined) return response.end("{}");
    response.setHeader("content-type", "text/xml");
    response.end(envelope('<Taken xmlns="urn:shop"/>'));
  });
}

type Opening = (port: number, tls: TlsOptions) => Transport;
const oauth2 = (port: number) => ({
  tokenUrl: `https://127.0.0.1:${port}/token`,
  clientId: "me",
  clientSecret: "planted-secret-client",
});
const transports: readonly (readonly [string, Partial<SyncCall>, Opening])[] = [
  ...(["undici", "node"] as const).flatMap((engine): (readonly [string, Partial<SyncCall>, Opening])[] => [
    [
      `http over ${engine}`,
      { path: "/orders", method: "PUT" },
      (port, tls) => http({ baseUrl: `https://127.0.0.1:${port}`, engine, timeouts, tls }),
    ],
    [
      `an OAuth2 token over ${engine}`,
      { path: "/orders", method: "PUT" },
      (port, tls) => http({ baseUrl: plainUrl, engine, timeouts, tls, auth: { oauth2: oauth2(port) } }),
    ],
  ]),
  ["soap", { path: "Put" }, (port, tls) => soap({ wsdl, endpoint: `https://127.0.0.1:${port}/`, timeouts, tls })],
  [
    "a WSDL by URL",
    { path: "Put" },
    (port, tls) =>
      soap({ wsdl: `https://127.0.0.1:${port}/?wsdl`, endpoint: `https://127.0.0.1:${port}/`, timeouts, tls }),
  ],
  [
    "grpc",
    { path: "shop.v1.Orders/Put" },
    (port, tls) => grpc({ address: `127.0.0.1:${port}`, schema: { proto }, tls }),
  ],
  [
    "a schema by reflection",
    { path: "shop.v1.Orders/Put" },
    (port, tls) => grpc({ address: `127.0.0.1:${port}`, schema: { reflection: true }, tls }),
  ],
];

const body = { id: 1, status: "planted-secret-content" };
const callOf = (parts: Partial<SyncCall>) => testCall({ path: "/", items: [testItem({ body })], ...parts });
const patient = (): InvokeContext => ({
  signal: new AbortController().signal,
  deadline: Date.now() + 20_000,
  trace: {},
});

/** The operator's files, one folder for each test. `undefined`: not there. */
function filesAt(name: string, files: TlsCase["files"] = {}) {
  const all = { ...soundFiles, ...files };
  const path = (part: keyof Files) => join(folder, `${name}-${part}`);
  const write = (now: { readonly [Part in keyof Files]?: string | undefined }) => {
    for (const [part, text] of Object.entries(now))
      if (text !== undefined) writeFileSync(path(part as keyof Files), text);
  };
  write(all);
  const parts = (["ca", "cert", "key", "passphrase"] as const).filter((part) => all[part] !== undefined);
  const tls: TlsOptions = Object.fromEntries(parts.map((part) => [part, `file:${path(part)}`]));
  return { tls, path, write };
}

describe.each(transports)("%s", (name, parts, openingOf) => {
  const servers: ListeningServer[] = [];
  const invokers: { close?(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const invoker of invokers.splice(0)) await invoker.close?.();
    for (const server of servers.splice(0)) await server.stop();
  });

  const opened = (port: number, tls: TlsOptions) => {
    const invoker = openingOf(port, tls).open({ downstream: "crm", log });
    invokers.push(invoker);
    return () => invoker.invoke(callOf(parts), patient());
  };
  const kept = async (starting: Promise<ListeningServer>) => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const isReflection = name.includes("reflection");

  it.for(tlsCases)("$what", async ({ kind, server, files, lacks }, { skip }) => {
    skip(lacks !== undefined, `${lacks} is not here`);
    const faulty = await kept(server());
    const operator = filesAt(randomUUID(), files);
    // Who shows no certificate has none in the options; where it is mended, somebody puts them there.
    const invoke = opened(faulty.port, operator.tls);
    const outcome = await invoke();
    expect(outcome).toMatchObject({ status: "failed", failure: { kind, effect: "no" } });
    expect(faulty.heard.filter((chunk) => /planted|shop\.v1|HTTP\/1/.test(chunk.toString("latin1")))).toEqual([]);
    for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    // The sound server tells nothing of itself.
    if (isReflection) return;
    await faulty.stop();
    operator.write(soundFiles);
    const later = operator.tls.cert === undefined ? { ...soundServer, rejectUnauthorized: false } : soundServer;
    await kept(soundTls(later, faulty.port, answer));
    await waitFor("a sound server's answer", async () => (await invoke()).status === "accepted");
  });

  it.skipIf(isReflection)("files that vanish, turn to garbage and are mended, while all connections end", async () => {
    const operator = filesAt(randomUUID());
    let server = await kept(soundTls(soundServer, 0, answer));
    const { port } = server;
    const invoke = opened(port, operator.tls);
    expect(await invoke()).toEqual({ status: "accepted" });
    for (const part of ["ca", "cert", "key"] as const) {
      for (const spoil of [() => rmSync(operator.path(part)), () => operator.write({ [part]: "planted-secret" })]) {
        spoil();
        await server.stop();
        server = await kept(soundTls(soundServer, port, answer));
        if (name.includes("token")) continue;
        const spoilt = await waitFor("the files to be missed", async () => {
          const outcome = await invoke();
          return outcome.status === "failed" && outcome.failure.kind === "misconfigured" && outcome;
        });
        expect(spoilt).toMatchObject({ failure: { effect: "no" } });
        for (const secret of secrets) expect(JSON.stringify(spoilt)).not.toContain(secret);
        operator.write(soundFiles);
        await waitFor("an answer", async () => (await invoke()).status === "accepted");
      }
      operator.write(soundFiles);
    }
  });
});
