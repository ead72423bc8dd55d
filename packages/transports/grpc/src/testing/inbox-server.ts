import http2, { type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { WireValue } from "@syncline/core/spi";
import type { DownstreamAct, DownstreamControl, ReceivedCall, ReceivedItem, RefusalKind } from "@syncline/testkit";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";

export const inboxProto = fileURLToPath(new URL("./inbox.proto", import.meta.url));
const root = new protobuf.Root().loadSync(inboxProto, { keepCase: true });
root.resolveAll();
const types = {
  item: root.lookupType("inbox.v1.Item"),
  batch: root.lookupType("inbox.v1.Batch"),
  reply: root.lookupType("inbox.v1.Reply"),
};

interface Received extends ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const refusals: { readonly [kind in RefusalKind]: readonly [code: number, words: string] } = {
  rejected: [3, "no such customer"],
  unauthorized: [16, "who are you"],
  misconfigured: [12, "no such method"],
  "too-large": [8, "received message larger than max (9 vs. 4)"],
  transient: [13, "something broke"],
  unavailable: [14, "be back soon"],
};

/**
 * gRPC on bare HTTP/2, frame by frame, so that it can do what no gRPC server would. A gRPC channel keeps its one connection
 * whatever becomes of its calls, so what counts as a connection here is a call that stands.
 */
export class InboxServer implements DownstreamControl {
  readonly received: Received[] = [];
  diverted = 0;
  answeredBytes = 0;
  readonly #script: DownstreamAct[] = [];
  readonly #streams = new Set<ServerHttp2Stream>();
  readonly #sockets = new Set<Socket>();
  #server: http2.Http2Server | undefined;
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get connections(): number {
    return this.#streams.size;
  }

  next(...acts: readonly DownstreamAct[]): void {
    this.#script.push(...acts);
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = http2.createServer();
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("session", (session: Http2Session) => session.on("error", () => {}));
    server.on("stream", (stream, headers) => this.#receive(stream, headers));
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

  #receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.#streams.add(stream);
    stream.on("close", () => this.#streams.delete(stream));
    stream.on("error", () => {});
    if (headers[":path"] === "/elsewhere") {
      this.diverted += 1;
      stream.respond({ ":status": 200 }, { endStream: true });
      return;
    }
    if (headers[":path"] === "/grpc.health.v1.Health/Check") {
      refuse(stream, 12, "no such service");
      return;
    }
    const act = this.#script.shift() ?? { act: "accept" };
    if (act.act === "cut" && act.when === "before-receiving") {
      this.#cut(stream);
      return;
    }
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const call = readCall(headers, Buffer.concat(chunks));
      this.received.push(call);
      this.#perform(act, call, stream);
    });
  }

  #cut(stream: ServerHttp2Stream): void {
    // The session's own socket cannot be destroyed, and destroying the session says GOAWAY.
    for (const socket of this.#sockets) socket.destroy();
    stream.destroy();
  }

  #perform(act: DownstreamAct, call: Received, stream: ServerHttp2Stream): void {
    const answers: { readonly [Name in DownstreamAct["act"]]: (act: Extract<DownstreamAct, { act: Name }>) => void } = {
      accept: () => finish(stream, {}),
      refuse: ({ kind, echo }) => {
        const [code, words] = refusals[kind];
        refuse(stream, code, echo === true ? `${words}: ${JSON.stringify(call.headers)} ${call.text}` : words);
      },
      throttle: ({ retryAfterMs }) => refuse(stream, 8, "slow down", retryDetails(retryAfterMs)),
      "refuse-items": ({ indices }) => finish(stream, { failures: indices.map((index) => ({ index, code: "BAD" })) }),
      hang: () => {},
      cut: ({ when }) => {
        if (when !== "while-answering") this.#cut(stream);
        else {
          stream.respond(okHeaders);
          stream.write(Buffer.from([0, 0, 0]), () => this.#cut(stream));
        }
      },
      trickle: () => {
        stream.respond(okHeaders);
        stream.write(Buffer.from([0, 0, 0, 1, 0, 7]));
      },
      giant: ({ bytes }) => this.#pour(stream, bytes),
      garble: () => {
        stream.respond({ ":status": 200, "content-type": "text/html" });
        stream.end("<html>welcome</html>");
      },
      divert: () => stream.respond({ ":status": 307, location: "/elsewhere" }, { endStream: true }),
    };
    (answers[act.act] as (act: DownstreamAct) => void)(act);
  }

  #pour(stream: ServerHttp2Stream, bytes: number): void {
    stream.respond(okHeaders);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes, 1);
    stream.write(head);
    const chunk = Buffer.alloc(65_536);
    const more = () => {
      while (this.answeredBytes < bytes && !stream.destroyed) {
        this.answeredBytes += chunk.length;
        if (!stream.write(chunk)) {
          stream.once("drain", more);
          return;
        }
      }
    };
    more();
  }
}

const okHeaders = { ":status": 200, "content-type": "application/grpc+proto" };

function finish(stream: ServerHttp2Stream, reply: object): void {
  const bytes = types.reply.encode(types.reply.fromObject(reply)).finish();
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(bytes.length, 1);
  stream.respond(okHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([frame, bytes]));
}

function refuse(stream: ServerHttp2Stream, code: number, words: string, more: object = {}): void {
  stream.respond(
    { ...okHeaders, "grpc-status": String(code), "grpc-message": encodeURIComponent(words), ...more },
    { endStream: true },
  );
}

const detailTypes = protobuf.parse(
  `syntax = "proto3";
message Any { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message RetryInfo { Duration retry_delay = 1; }
message ErrorInfo { string reason = 1; string domain = 2; }
message FieldViolation { string field = 1; string description = 2; }
message BadRequest { repeated FieldViolation field_violations = 1; }`,
  { keepCase: true },
).root;

/** `grpc-status-details-bin` with one detail of `google.rpc`. */
export function statusDetails(
  name: "RetryInfo" | "ErrorInfo" | "BadRequest",
  content: object,
): { [header: string]: string } {
  const type = detailTypes.lookupType(name);
  const value = type.encode(type.fromObject(content)).finish();
  const status = detailTypes.lookupType("Status");
  const details = [{ type_url: `type.googleapis.com/google.rpc.${name}`, value }];
  return {
    "grpc-status-details-bin": Buffer.from(status.encode(status.create({ code: 8, details })).finish()).toString(
      "base64",
    ),
  };
}

function retryDetails(ms: number): object {
  return statusDetails("RetryInfo", { retry_delay: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 } });
}

function readCall(headers: IncomingHttpHeaders, bytes: Buffer): Received {
  const path = String(headers[":path"]);
  const isBatch = path.endsWith("All");
  const messages = framesOf(bytes).flatMap((frame) => {
    if (!isBatch) return [types.item.decode(frame)];
    return (types.batch.decode(frame) as unknown as { readonly items: protobuf.Message[] }).items;
  });
  const trace = Object.entries(headers).filter((entry): entry is [string, string] =>
    /^trace(parent|state)$/.test(entry[0]),
  );
  return {
    path,
    headers,
    text: bytes.toString("latin1"),
    callId: headers["idempotency-key"] as string | undefined,
    operation: path.includes("Remove") ? "delete" : "upsert",
    trace: Object.fromEntries(trace),
    items: messages.map((message) => itemOf(message, headers)),
    isList: isBatch || path.endsWith("Stream"),
  };
}

function itemOf(message: protobuf.Message, headers: IncomingHttpHeaders): ReceivedItem {
  const { revision, body, orderId } = protojson.toJson(types.item, message) as { readonly [name: string]: WireValue };
  return {
    key: orderId === undefined ? undefined : { orderId: String(orderId) },
    revision: revision === undefined ? (headers["syncline-revision"] as string | undefined) : String(revision),
    body: body ?? null,
  };
}

function framesOf(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    frames.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return frames;
}
