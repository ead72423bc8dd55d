import type { AddressInfo } from "node:net";
import { connect as connectTo, createServer, type Socket } from "node:net";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterAll, expect, it, vi } from "vitest";
import { postgres } from "./adapter.ts";

/** `FATAL 57P01`, as a server says that an administrator has closed the connection. */
function fatalMessage(): Buffer {
  const fields = Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const url = await testDatabase();
const target = new URL(url);
const sockets = new Set<Socket>();
let killed = 0;
/** Passes everything on, and puts the end of a connection into the same packet as the word that it is ready. */
const proxy = createServer((down) => {
  const up = connectTo(Number(target.port), target.hostname);
  for (const socket of [down, up]) {
    sockets.add(socket);
    socket.on("error", () => {});
  }
  down.pipe(up);
  up.on("data", (chunk) => {
    if (killed < 2 && chunk.subarray(-ready.length).equals(ready)) {
      killed += 1;
      down.end(Buffer.concat([chunk, fatalMessage()]));
      up.destroy();
    } else down.write(chunk);
  });
  up.on("close", () => down.end());
  down.on("close", () => up.destroy());
});
await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  proxy.close();
});

it("a connection that is closed in the moment it is made is an error of the call, and does not end the process", async () => {
  const uncaught = vi.fn();
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", uncaught);
  try {
    const through = new URL(url);
    through.port = String((proxy.address() as AddressInfo).port);
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const session = postgres({ connectionString: through.href, max: 1 }).open({ log });
    const signal = new AbortController().signal;
    await expect(session.migrate(signal)).rejects.toMatchObject({ code: "database.unavailable" });
    await expect(session.checkSchema(signal)).rejects.toMatchObject({ code: "database.unavailable" });
    await expect(session.migrate(signal)).resolves.toBeDefined();
    await session.close();
    expect(killed).toBe(2);
    expect(uncaught).not.toHaveBeenCalled();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
});
