import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Metadata, Server, ServerCredentials, type ServiceDefinition, type sendUnaryData } from "@grpc/grpc-js";
import { afterAll } from "vitest";

/** Downstreams that send back what they are sent, wherever an answer has room for a text. */

/** Answers with the status that its path says. */
export async function tellingHttpServer(): Promise<string> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks).toString("utf8");
    const [, status = "200", as = "json"] = /^\/(\d+)(?:\/(\w+))?/.exec(incoming.url ?? "") ?? [];
    const note = /canary_\w+/i.exec(sent + String(incoming.url))?.[0] ?? "nothing";
    const head = {
      location: `http://example.invalid/?${encodeURIComponent(sent)}`,
      "x-echo": note,
      "retry-after": note,
    };
    if (as === "broken") {
      response.writeHead(Number(status), { ...head, "content-length": 1e6 }).write(sent);
      setImmediate(() => incoming.socket.destroy());
    } else if (as === "soap") {
      response.writeHead(Number(status), { ...head, "content-type": "text/xml" }).end(faultOf(note));
    } else {
      const body = {
        code: note,
        status: note,
        [note]: note,
        message: sent,
        errors: [{ index: 0, code: note, text: sent }],
      };
      response.writeHead(Number(status), `${note}`, head).end(as === "text" ? sent : JSON.stringify(body));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function faultOf(note: string): string {
  return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>x:${note}.${note}</faultcode>
    <faultstring>${note}</faultstring><faultactor>${note}</faultactor><detail><${note}>${note}</${note}></detail></e:Fault></e:Body></e:Envelope>`;
}

/** Refuses every order of shop.proto. */
export async function tellingGrpcServer(): Promise<string> {
  const server = new Server();
  const put: ServiceDefinition[string] = {
    path: "/shop.v1.Orders/Put",
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  server.addService({ Put: put }, {
    Put: ({ request }: { request: Buffer }, done: sendUnaryData<Buffer>) => {
      const note = /canary_\w+/i.exec(request.toString("utf8"))?.[0] ?? "nothing";
      const metadata = new Metadata();
      metadata.set("x-echo", note);
      metadata.set("grpc-status-details-bin", statusOf(note));
      done({ code: 9, details: note, metadata });
    },
  } as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  afterAll(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

/** google.rpc.Status with an ErrorInfo and a BadRequest that name the note. */
function statusOf(note: string): Buffer {
  const any = (type: string, value: Buffer) =>
    field(3, Buffer.concat([field(1, `type.googleapis.com/google.rpc.${type}`), field(2, value)]));
  const violation = Buffer.concat([field(1, note), field(2, note)]);
  return Buffer.concat([
    field(2, note),
    any("ErrorInfo", Buffer.concat([field(1, note.toUpperCase()), field(2, note)])),
    any("BadRequest", field(1, violation)),
  ]);
}

function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  if (bytes.length > 127)
    return Buffer.concat([Buffer.from([(number << 3) | 2, (bytes.length & 127) | 128, bytes.length >> 7]), bytes]);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}
