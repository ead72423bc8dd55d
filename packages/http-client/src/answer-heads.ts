import type { Socket } from "node:net";
import type { Connector } from "./connector.ts";

const http = [0x48, 0x54, 0x54, 0x50, 0x2f]; // HTTP/
const one = 0x31;
const zero = 0x30;
const blank = 0x20;

/** What had come of the answers to calls that ended by these errors. */
const heads = new WeakMap<object, Uint8Array>();

/**
 * The bytes of an answer's head that undici's parser gave up with this error, if it had come to a
 * head at all.
 */
export function headBehind(error: object): Uint8Array | undefined {
  return heads.get(error);
}

/**
 * Looks at what undici's parser is given. It takes an unasked 100 Continue for the end of the
 * connection, though the answer follows it; and when it gives up, it keeps what it had read to
 * itself.
 */
export function watchingHeads(connect: Connector): Connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      callback(null, socket);
      // Not before undici's own listeners, which say how the socket is read. It sees each chunk
      // just before undici does.
      new HeadWatch(socket);
    });
}

class HeadWatch {
  readonly #socket: Socket;
  #head: Uint8Array | undefined;
  /** What had been written when the head came. More by now: it belongs to an earlier call. */
  #written = -1;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#see(chunk));
    socket.prependListener("error", (error) => {
      if (this.#head !== undefined && this.#written === socket.bytesWritten) heads.set(error, this.#head);
    });
  }

  #see(chunk: Buffer): void {
    if (!isHead(chunk, 0)) return;
    const written = this.#socket.bytesWritten;
    // Still the answer to the same request: this is its body.
    if (written === this.#written) return;
    const at = passInterim(chunk);
    if (at >= chunk.length) return;
    this.#written = written;
    this.#head = at === 0 ? chunk : chunk.subarray(at);
  }
}

function isHead(chunk: Buffer, at: number): boolean {
  return chunk[at] === http[0] && http.every((byte, index) => chunk[at + index] === byte);
}

/**
 * Makes 102 of each 100, which undici passes over like any other interim answer. Returns where the
 * final one begins.
 */
function passInterim(chunk: Buffer): number {
  let at = 0;
  while (isHead(chunk, at) && chunk[at + 8] === blank && chunk[at + 9] === one) {
    if (chunk[at + 10] === zero && chunk[at + 11] === zero) chunk[at + 11] = zero + 2;
    const end = chunk.indexOf("\r\n\r\n", at);
    if (end < 0) return chunk.length;
    at = end + 4;
  }
  return at;
}
