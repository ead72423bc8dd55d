import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below every system's range for outgoing connections (Linux from 32768, macOS and Windows from 49152): a server that is
// stopped and started again finds its port still free.
const lowest = 20_000;
const highest = 32_000;

/** A free port on the loopback interface. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found between ${lowest} and ${highest} on 127.0.0.1.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
