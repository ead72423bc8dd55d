import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** HTTP/2 frames by hand, over TCP: a server that keeps to nothing. */
const frame = (type: number, flags: number, stream: number, content = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
};
const settings = (...pairs: readonly (readonly [id: number, value: number])[]) =>
  frame(
    4,
    0,
    0,
    Buffer.concat(
      pairs.map(([id, value]) => {
        const pair = Buffer.alloc(6);
        pair.writeUInt16BE(id, 0);
        pair.writeUInt32BE(value, 2);
        return pair;
      }),
    ),
  );
const uint = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
/** HPACK without an index and without Huffman. */
const header = (name: string, value: string) => {
  const lengthOf = (length: number): number[] => {
    if (length < 127) return [length];
    const bytes = [127];
    for (let rest = length - 127; ; rest >>= 7) {
      if (rest < 128) return [...bytes, rest];
      bytes.push((rest & 127) | 128);
    }
  };
  return Buffer.from([
    0,
    ...lengthOf(name.length),
    ...Buffer.from(name),
    ...lengthOf(value.length),
    ...Buffer.from(value),
  ]);
};
const ok = Buffer.concat([Buffer.from([0x88]), header("content-type", "application/grpc")]);
const interim = header(":status", "103");

export interface Flood {
  readonly first?: readonly Buffer[];
  /** What is sent again and again once the call has come; `n` counts. */
  readonly again?: (n: number) => Buffer;
}

export const floods: { readonly [what: string]: Flood } = {
  settings: { again: () => settings([3, 100]) },
  "settings that change the windows": { again: (n) => settings([4, n % 2 === 0 ? 0 : 0x7fffffff]) },
  "settings that change the header table": { again: (n) => settings([1, n % 2 === 0 ? 0 : 0xffffff]) },
  pings: { again: () => frame(6, 0, 0, Buffer.alloc(8)) },
  "answers to pings that nobody sent": { again: () => frame(6, 1, 0, Buffer.alloc(8)) },
  "windows of one byte": { again: () => frame(8, 0, 0, uint(1)) },
  "windows beyond all bounds": { again: () => frame(8, 0, 1, uint(0x7fffffff)) },
  priorities: { again: (n) => frame(2, 0, 1, Buffer.concat([uint(n % 2 === 0 ? 0 : 3), Buffer.from([1])])) },
  "resets of streams that are not there": { again: (n) => frame(3, 0, 2 * n + 3, uint(0)) },
  "frames of unknown types": { again: () => frame(0xbb, 0, 0, Buffer.alloc(16_000)) },
  "farewells without a leave": { again: () => frame(7, 0, 0, Buffer.concat([uint(0x7fffffff), uint(0)])) },
  "promises to push": { again: (n) => frame(5, 4, 1, Buffer.concat([uint(2 * n + 2), ok])) },
  "empty data": { first: [frame(1, 4, 1, ok)], again: () => frame(0, 0, 1) },
  "padded data": {
    first: [frame(1, 4, 1, ok)],
    again: () => frame(0, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
  },
  "interim answers": { again: () => frame(1, 4, 1, interim) },
  "continued headers": {
    first: [frame(1, 0, 1, ok)],
    again: (n) => frame(9, 0, 1, header(`x-${n}`, "y".repeat(100))),
  },
  "empty continuations": { first: [frame(1, 0, 1, ok)], again: () => frame(9, 0, 1) },
  "headers beyond number": {
    first: [
      frame(1, 4, 1, Buffer.concat([ok, ...Array.from({ length: 300 }, (_, n) => header(`x-${n}`, "y".repeat(40)))])),
    ],
  },
  "a header of a megabyte": {
    first: [frame(1, 0, 1, ok), ...Array.from({ length: 70 }, () => frame(9, 0, 1, header("x", "y".repeat(16_000))))],
  },
  "trailers again and again": {
    first: [frame(1, 4, 1, ok)],
    again: (n) => frame(1, 4, 1, header(`x-${n}`, "y")),
  },
  "a window of nothing": { first: [settings([4, 0])] },
  "no streams at all": { first: [settings([3, 0])] },
  "frames larger than agreed": { first: [frame(0, 0, 1, Buffer.alloc(1_000_000))] },
  silence: {},
};

/** A server that sends a flood to each connection that calls. */
export function flooding({ first = [], again }: Flood): Promise<{ readonly server: Server; readonly port: number }> {
  return listening((socket) => {
    for (const each of first) socket.write(each);
    if (again === undefined) return;
    let n = 0;
    const pour = () => {
      if (socket.destroyed) return;
      if (socket.write(Buffer.concat(Array.from({ length: 200 }, () => again(n++))))) setImmediate(pour);
      else socket.once("drain", pour);
    };
    pour();
  });
}

/** Breaks each connection in the middle of a header block; those who only listen hear of it right after. */
export function breaking(): Promise<{ readonly server: Server; readonly port: number }> {
  const listeners = new Set<Socket>();
  const part = (n: number) => frame(9, 0, 1, header(`x-${n}`, "y".repeat(100)));
  const block = Buffer.concat([frame(1, 0, 1, ok), ...Array.from({ length: 12 }, (_, n) => part(n))]);
  return listening((socket, isListener) => {
    if (isListener) listeners.add(socket);
    else
      socket.write(block, () => {
        for (const listener of listeners) listener.write("broken");
      });
  });
}

/** `answer` is for whoever has sent a call, or the word `listener`. */
async function listening(answer: (socket: Socket, isListener: boolean) => void) {
  const server = createServer((socket) => {
    let heard: Buffer = Buffer.alloc(0);
    const onData = (more: Buffer) => {
      heard = Buffer.concat([heard, more]);
      const isListener = heard.toString() === "listener";
      if (!isListener && !hasCall(heard)) return;
      socket.off("data", onData).resume();
      answer(socket, isListener);
    };
    socket.on("error", () => {}).on("data", onData);
    socket.write(settings());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** A stream that is not open yet would end the connection before the flood does. */
function hasCall(heard: Buffer): boolean {
  for (let at = 24; at + 9 <= heard.length; at += 9 + heard.readUIntBE(at, 3)) if (heard[at + 3] === 1) return true;
  return false;
}
