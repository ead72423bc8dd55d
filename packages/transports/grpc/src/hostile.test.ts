import http2, { type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Outcome } from "@syncline/core/spi";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto, strategyOf } from "./testing/calls.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

/** Whoever answers in a server's place is the attacker: he speaks HTTP/2, or raw TCP, and says what he likes. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server | http2.Http2Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answering(act: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = http2.createServer();
  server.on("sessionError", () => {});
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    act(stream);
  });
  return listen(server);
}

function open(address: string) {
  const invoker = grpc({
    address,
    plaintext: true,
    schema: { proto: shopProto, include: [folder] },
    answerBytes: 65_536,
  }).open({ downstream: "crm", log: quiet });
  closing.unshift(async () => invoker.close?.());
  return invoker;
}

const within = (ms: number) => ({ signal: AbortSignal.timeout(ms), deadline: Date.now() + ms, trace: {} });

/** No text of ours repeats what he says, and nothing that he says grows in it. */
function expectClean(outcome: Outcome): void {
  if (outcome.status !== "failed") return;
  const { message, code, retryAfterMs = 0 } = outcome.failure;
  expect(message).not.toContain("planted-secret");
  for (const text of [message, code]) {
    expect(text.length).toBeLessThan(600);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(text).not.toMatch(/[\u0000-\u001f\u007f]/);
  }
  expect(retryAfterMs).toBeGreaterThanOrEqual(0);
}

const frame = (bytes: Buffer, flag = 0, length = bytes.length): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
};
const ok = { ":status": 200, "content-type": "application/grpc+proto" };

/** Answers with these frames, and these trailers. */
const say =
  (frames: readonly Buffer[], trailers: http2.OutgoingHttpHeaders, headers: http2.OutgoingHttpHeaders = ok) =>
  (stream: ServerHttp2Stream) => {
    stream.respond(headers, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    for (const each of frames) stream.write(each);
    stream.end();
  };

describe("whoever answers in a server's place", () => {
  const cases: { readonly [what: string]: (stream: ServerHttp2Stream) => void } = {
    "a status that does not exist": say([], { "grpc-status": "99", "grpc-message": "planted-secret" }),
    "a status that is no number": say([], { "grpc-status": "planted-secret" }),
    "control characters and secrets in his words": say([], {
      "grpc-status": "3",
      "grpc-message": "%1b[31mplanted-secret%0d%0ax: y",
    }),
    "a long message": say([], { "grpc-status": "13", "grpc-message": "x".repeat(12_000) }),
    "details that are garbage": say([], { "grpc-status": "3", "grpc-status-details-bin": "/////w==" }),
    "a pushback of a thousand years": say([], { "grpc-status": "8", "grpc-retry-pushback-ms": "31536000000000" }),
    "no status at all": say([frame(Buffer.from([8, 0]))], {}),
    "two answers to one request": say([frame(Buffer.from([8, 0])), frame(Buffer.from([8, 1]))], { "grpc-status": "0" }),
    "a message of 4 GB, of which one byte comes": say([frame(Buffer.from([8]), 0, 0xffffffff)], { "grpc-status": "0" }),
    "compression that nobody asked for": say(
      [frame(Buffer.from("no gzip"), 1)],
      { "grpc-status": "0" },
      {
        ...ok,
        "grpc-encoding": "gzip",
      },
    ),
    "a page of HTML": say(
      [Buffer.from("<html>planted-secret</html>")],
      {},
      { ":status": 200, "content-type": "text/html" },
    ),
    "a wish to wait for a thousand years": (stream) =>
      stream.respond({ ":status": 429, "retry-after": "31536000000" }, { endStream: true }),
    "a wish to wait that is no number": (stream) =>
      stream.respond({ ":status": 429, "retry-after": "planted-secret" }, { endStream: true }),
    "a type of content that is a secret": (stream) => {
      stream.respond({ ":status": 200, "content-type": "planted-secret" });
      stream.end("planted-secret");
    },
    "a page without an end": (stream) => {
      stream.respond({ ":status": 200, "content-type": "text/html" });
      const more = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536, "x")));
      };
      stream.on("drain", more);
      more();
    },
    "the words of another proxy": say([], {
      "grpc-status": "2",
      "grpc-message": `Received HTTP status code 999${"9".repeat(5_000)} planted-secret`,
    }),
    "a redirect": say([], {}, { ":status": 302, location: "http://169.254.169.254/" }),
    "a status of HTTP": say([], {}, { ":status": 503 }),
    "a reset": (stream) => stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM),
    "a farewell": (stream) => stream.session?.goaway(http2.constants.NGHTTP2_PROTOCOL_ERROR),
    "the end of the connection": (stream) => stream.session?.destroy(),
  };
  for (const [what, act] of Object.entries(cases)) {
    it(`gets an outcome for ${what}`, async () => {
      const invoker = open(await answering(act));
      const outcome = await invoker.invoke(callOf([{ id: "1" }]), within(1_000));
      expect(outcome.status).toBe("failed");
      expectClean(outcome);
    });
  }

  it("is not believed when the answer that is judged is garbage", async () => {
    const invoker = open(await answering(say([frame(Buffer.alloc(500, 0xff))], { "grpc-status": "0" })));
    const options = { answer: { ok: { path: "code", in: [0] } } };
    const outcome = await invoker.invoke(callOf([{ id: "1" }], { options }), within(1_000));
    expect(failureOf(outcome)).toMatchObject({ kind: "transient" });
    expectClean(outcome);
  });

  it("has taken the call by OK where rules only explain failures, whatever the answer is", async () => {
    const invoker = open(await answering(say([frame(Buffer.alloc(500, 0xff))], { "grpc-status": "0" })));
    const options = { answer: { message: "code" } };
    const outcome = await invoker.invoke(callOf([{ id: "1" }], { options }), patient());
    expect(outcome).toEqual({ status: "accepted" });
  });

  it("cannot fill the memory by a message without an end, or one that bursts", async () => {
    const endless = await answering((stream) => {
      stream.respond(ok);
      const more = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536, 8)));
      };
      stream.on("drain", more);
      stream.write(frame(Buffer.alloc(0), 0, 0x7fffffff));
      more();
    });
    const bomb = frame(gzipSync(Buffer.alloc(256 * 2 ** 20)), 1);
    const bursting = await answering(say([bomb], { "grpc-status": "0" }, { ...ok, "grpc-encoding": "gzip" }));
    for (const address of [endless, bursting]) {
      const invoker = open(address);
      const before = process.memoryUsage();
      const outcome = await invoker.invoke(callOf([{ id: "1" }]), within(3_000));
      expect(outcome.status).toBe("failed");
      expectClean(outcome);
      const after = process.memoryUsage();
      expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(64 * 2 ** 20);
    }
  });

  it("gets an outcome for any bytes on the wire", async () => {
    let bytes: Uint8Array = new Uint8Array();
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    const address = await listen(
      createServer((socket) => {
        socket.once("data", () => {
          socket.write(bytes[0] === 0 ? bytes : Buffer.concat([settings, bytes]));
          socket.end();
        });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (given) => {
        bytes = given;
        const invoker = open(address);
        const outcome = await invoker.invoke(callOf([{ id: "1" }]), within(400));
        expect(outcome.status).toBe("failed");
        expectClean(outcome);
        await invoker.close?.();
      }),
      { numRuns: 15 },
    );
  });
});

describe("who may edit strategies", () => {
  let shop: ShopServer | undefined;
  afterEach(() => shop?.stop());
  const paths = [
    "http://example.com/shop.v1.Orders/Put",
    "//example.com/shop.v1.Orders/Put",
    "/shop.v1.Orders/Put",
    "../grpc.health.v1.Health/Check",
    "shop.v1.Orders/Put/../PutAll",
    "shop.v1.Orders/Put\r\nx-injected: 1",
    "shop.v1.Orders/Put\u0000",
    "shop.v1.Orders/constructor",
    "__proto__/Put",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  ];

  it.each(paths)("calls no method but those of the schema, by the path %j", async (path) => {
    shop = await shopServer();
    const transport = grpc({ address: shop.address, plaintext: true, schema: { proto: shopProto, include: [folder] } });
    await transport.prepare?.(AbortSignal.timeout(5_000));
    expect(transport.checkStrategy?.(strategyOf({ path }))).not.toEqual([]);
    const invoker = open(shop.address);
    const outcome = await invoker.invoke(callOf([{ id: "1" }], { path }), within(2_000));
    expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", effect: "no" });
    expect(shop.metadata).toEqual([]);
  });

  it.each([
    { "x-a": "b\r\nx-injected: 1" },
    { ":path": "/x" },
    { "grpc-timeout": "1H" },
    { authorization: "Bearer x" },
  ])("sets no metadata but plain words: %j", async (metadata) => {
    const transport = grpc({
      address: "127.0.0.1:1",
      plaintext: true,
      schema: { proto: shopProto, include: [folder] },
    });
    expect(transport.checkStrategy?.(strategyOf({ options: { metadata } }))).not.toEqual([]);
  });
});
