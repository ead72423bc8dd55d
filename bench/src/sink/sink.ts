import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { Arrivals, jsonMarker } from "./arrivals.ts";
import { startGrpcSink } from "./grpc-sink.ts";
import { soapAnswer, soapMarker } from "./soap-sink.ts";

export interface Expectation {
  /** The highest id; the lowest is 1. */
  readonly ids: number;
  /** How many different (path, id) complete the run. */
  readonly total: number;
}

let arrivals = new Arrivals(0);
let total = Number.POSITIVE_INFINITY;
let onComplete = () => {};
let marks: { readonly at: number; readonly reach: () => void }[] = [];
let complete = new Promise<void>(() => {});

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const atMs = clockMs();
    // Answered first, counted afterwards.
    const isSoap = request.url === "/soap";
    if (isSoap) response.writeHead(200, soapAnswer.headers).end(soapAnswer.body);
    else response.writeHead(200, { "content-length": 2, "content-type": "application/json" }).end("{}");
    const body = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString("latin1") ?? "";
    arrivals.add(request.url ?? "", body, atMs, isSoap ? soapMarker(body) : jsonMarker);
    look();
  });
});
server.keepAliveTimeout = 60_000;

function look(): void {
  const { distinct } = arrivals.tally;
  if (distinct >= total) onComplete();
  if (marks.length === 0) return;
  for (const mark of marks) if (distinct >= mark.at) mark.reach();
  marks = marks.filter((mark) => distinct < mark.at);
}

serve({
  /** A server of its own, at its own port; counts with the others. */
  listenGrpc: () =>
    startGrpcSink((ids, bytes) => {
      arrivals.addIds("/grpc", ids, bytes, clockMs());
      look();
    }),
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
  /** Resolves when so many different ones have arrived. */
  reached: (at: number) =>
    new Promise<void>((reach) => {
      marks.push({ at, reach });
      look();
    }),
  tally: () => arrivals.tally,
  firstArrivals: (path: string) => arrivals.firstArrivals(path),
});
