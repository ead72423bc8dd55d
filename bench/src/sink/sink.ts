import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { Arrivals } from "./arrivals.ts";

export interface Expectation {
  /** The highest id; the lowest is 1. */
  readonly ids: number;
  /** How many different (path, id) complete the run. */
  readonly total: number;
}

let arrivals = new Arrivals(0);
let total = Number.POSITIVE_INFINITY;
let onComplete = () => {};
let complete = new Promise<void>(() => {});

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const atMs = clockMs();
    // Answered first, counted afterwards.
    response.writeHead(200, { "content-length": 2, "content-type": "application/json" }).end("{}");
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    arrivals.add(request.url ?? "", body?.toString("latin1") ?? "", atMs);
    if (arrivals.tally.distinct >= total) onComplete();
  });
});
server.keepAliveTimeout = 60_000;

serve({
  listen: async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
  expect: (expectation: Expectation) => {
    arrivals = new Arrivals(expectation.ids);
    total = expectation.total;
    complete = new Promise((resolve) => {
      onComplete = resolve;
    });
  },
  complete: () => complete,
  tally: () => arrivals.tally,
  firstArrivals: (path: string) => arrivals.firstArrivals(path),
});
