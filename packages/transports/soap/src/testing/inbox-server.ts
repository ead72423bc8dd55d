import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { DownstreamAct, DownstreamControl, ReceivedCall, RefusalKind } from "@syncline/testkit";
import { escapeText } from "../xml/escape.ts";
import { namespaces } from "../xml/names.ts";
import { readItems } from "./read-items.ts";

export const inboxWsdl = fileURLToPath(new URL("./inbox.wsdl", import.meta.url));
const messages = "urn:example:inbox:messages";

/** What it can do beside what any downstream can: answer with these very words. */
export type SoapAct =
  | DownstreamAct
  | {
      readonly act: "answer";
      readonly status: number;
      readonly body: string | Uint8Array;
      readonly headers?: { readonly [name: string]: string };
    };

export interface ReceivedMessage extends ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

type Version = "1.1" | "1.2";

/** SOAP on bare HTTP, so that it can do what no SOAP server would. */
export class InboxServer implements DownstreamControl {
  readonly received: ReceivedMessage[] = [];
  diverted = 0;
  answeredBytes = 0;
  readonly #script: SoapAct[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}/inbox`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  next(...acts: readonly SoapAct[]): void {
    this.#script.push(...acts);
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((incoming, response) => this.#receive(incoming, response));
    server.keepAliveTimeout = 0;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  #receive(incoming: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => {});
    incoming.on("error", () => {});
    if (incoming.url === "/elsewhere") {
      this.diverted += 1;
      response.end();
      return;
    }
    const act = this.#script.shift() ?? { act: "accept" };
    if (act.act === "cut" && act.when === "before-receiving") {
      incoming.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const call = readMessage(incoming, Buffer.concat(chunks).toString("utf8"));
      this.received.push(call);
      this.#perform(act, call, response);
    });
  }

  #perform(act: SoapAct, call: ReceivedMessage, response: ServerResponse): void {
    const version: Version = call.text.includes(namespaces.soap12) ? "1.2" : "1.1";
    const answers: { readonly [Name in SoapAct["act"]]: (act: Extract<SoapAct, { act: Name }>) => void } = {
      accept: () => answer(response, 200, goodAnswer(version, call)),
      refuse: ({ kind, echo }) => refuse(response, version, kind, echo === true ? echoOf(call) : "refused"),
      throttle: ({ retryAfterMs }) => {
        response.setHeader("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
        answer(response, 429, "");
      },
      "refuse-items": ({ indices }) => answer(response, 200, goodAnswer(version, call, indices)),
      hang: () => {},
      cut: ({ when }) => {
        if (when !== "while-answering") response.destroy();
        else {
          response.writeHead(200, { "content-type": "text/xml", "content-length": "1000" });
          response.write("<soap:Envelope", () => response.destroy());
        }
      },
      trickle: () => trickle(response),
      giant: ({ bytes }) => this.#pour(response, bytes),
      garble: () => answer(response, 200, "<html><body>welcome</body></html>", { "content-type": "text/html" }),
      divert: () => answer(response, 302, "", { location: "/elsewhere" }),
      answer: ({ status, body, headers }) => answer(response, status, body, headers),
    };
    (answers[act.act] as (act: SoapAct) => void)(act);
  }

  #pour(response: ServerResponse, bytes: number): void {
    response.writeHead(200, { "content-type": "text/xml" });
    response.write(envelopeStart("1.1"));
    const chunk = Buffer.alloc(65_536, " ");
    const more = () => {
      while (this.answeredBytes < bytes && !response.destroyed) {
        this.answeredBytes += chunk.length;
        if (!response.write(chunk)) {
          response.once("drain", more);
          return;
        }
      }
    };
    more();
  }
}

function envelopeStart(version: Version): string {
  return `<e:Envelope xmlns:e="${version === "1.1" ? namespaces.soap11 : namespaces.soap12}"><e:Body>`;
}

export function envelope(version: Version, body: string): string {
  return `${envelopeStart(version)}${body}</e:Body></e:Envelope>`;
}

/** A fault; `code` with the prefix `e` for SOAP's own codes, `x` for any other. */
export function fault(version: Version, code: string, words = "refused", detail = ""): string {
  if (version === "1.1") {
    const parts = `<faultcode xmlns:x="urn:x">${code}</faultcode><faultstring>${escapeText(words)}</faultstring>`;
    return envelope(version, `<e:Fault>${parts}${detail === "" ? "" : `<detail>${detail}</detail>`}</e:Fault>`);
  }
  const [main, ...subs] = code.split(" ");
  const sub = subs.map((one) => `<e:Subcode><e:Value xmlns:x="urn:x">${one}</e:Value></e:Subcode>`).join("");
  const reason = `<e:Reason><e:Text xml:lang="en">${escapeText(words)}</e:Text></e:Reason>`;
  const detailed = detail === "" ? "" : `<e:Detail>${detail}</e:Detail>`;
  return envelope(version, `<e:Fault><e:Code><e:Value>${main}</e:Value>${sub}</e:Code>${reason}${detailed}</e:Fault>`);
}

function goodAnswer(version: Version, { path }: ReceivedMessage, refused: readonly number[] = []): string {
  if (!path.endsWith("All")) return envelope(version, `<PutResponse xmlns="${messages}"/>`);
  const failures = refused.map((index) => `<failure><index>${index}</index><code>BAD</code></failure>`).join("");
  return envelope(version, `<PutAllResponse xmlns="${messages}"><failures>${failures}</failures></PutAllResponse>`);
}

const refusals: { readonly [kind in RefusalKind]: readonly [status: number, code11: string, code12: string] } = {
  rejected: [500, "e:Client", "e:Sender"],
  unauthorized: [500, "x:FailedAuthentication", "e:Sender x:FailedAuthentication"],
  misconfigured: [500, "e:MustUnderstand", "e:MustUnderstand"],
  "too-large": [413, "e:Client", "e:Sender"],
  transient: [500, "e:Server", "e:Receiver"],
  unavailable: [503, "e:Server", "e:Receiver"],
};

function refuse(response: ServerResponse, version: Version, kind: RefusalKind, words: string): void {
  const [status, code11, code12] = refusals[kind];
  answer(response, status, fault(version, version === "1.1" ? code11 : code12, words));
}

function answer(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: { readonly [name: string]: string } = {},
): void {
  response.writeHead(status, { "content-type": "text/xml; charset=utf-8", ...headers });
  response.end(body);
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/xml" });
  response.write(envelopeStart("1.1"));
  const timer = setInterval(() => response.write(" "), 10);
  response.on("close", () => clearInterval(timer));
}

/** Credentials first: words from outside are cut, and what was cut off proves nothing. */
function echoOf(call: ReceivedMessage): string {
  const password = /<wsse:Password[^>]*>([^<]*)/.exec(call.text)?.[1] ?? "";
  return `${password} ${call.headers.authorization ?? ""} ${JSON.stringify(call.headers)} ${call.text}`;
}

function readMessage(incoming: IncomingMessage, text: string): ReceivedMessage {
  const { headers } = incoming;
  const action = headers.soapaction ?? /action=("[^"]*")/.exec(String(headers["content-type"]))?.[1] ?? '""';
  const path = String(action).slice(1, -1).split(":").at(-1) ?? "";
  const { traceparent, tracestate } = headers;
  const trace = Object.entries({ traceparent, tracestate }).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    path,
    headers,
    text,
    callId: headers["idempotency-key"] as string | undefined,
    operation: path.startsWith("Remove") ? "delete" : "upsert",
    trace: Object.fromEntries(trace),
    items: readItems(text),
    isList: path.endsWith("All"),
  };
}
