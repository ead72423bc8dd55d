import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { isAborted, signalOf } from "@syncline/core/transport-kit";
import axios, { type AxiosAdapter, AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { AgeingPool } from "./ageing.ts";
import { AnswerCollector } from "./answer-collector.ts";
import type { Connector } from "./connector.ts";
import { type Exchange, exchangeOf, mostHeaderBytes } from "./exchange.ts";
import { readOddAnswer } from "./odd-answer.ts";
import { withoutOverridden } from "./own-query.ts";
import { Slots } from "./slots.ts";

export interface NodeAgents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** Node's agents over our connector; 30 s of idleness end a socket, and the server's own keep-alive hint ends it sooner. */
export function nodeAgents(connect: Connector, ageMs: number | undefined): AgeingPool<NodeAgents> {
  const options = { keepAlive: true, timeout: 30_000, scheduling: "lifo" } as const;
  const care = {
    make: () => ({
      httpAgent: connecting(new http.Agent(options), connect, "http:"),
      httpsAgent: connecting(new https.Agent(options), connect, "https:"),
    }),
    retire: async (agents: NodeAgents) => eachOf(agents, dropUnused),
    destroy: async (agents: NodeAgents) => eachOf(agents, (agent) => agent.destroy()),
  };
  return new AgeingPool(care, ageMs);
}

function eachOf({ httpAgent, httpsAgent }: NodeAgents, act: (agent: http.Agent) => void): void {
  act(httpAgent);
  act(httpsAgent);
}

/** Now, and each socket whose call is answered later. */
function dropUnused(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/** An agent that gets its sockets from the connector: they come connected, TLS included. */
function connecting<Agent extends http.Agent>(agent: Agent, connect: Connector, protocol: string): Agent {
  const createConnection = (target: http.ClientRequestArgs, connected: Connected): undefined => {
    const hostname = target.host ?? "localhost";
    connect({ hostname, host: hostname, port: String(target.port ?? ""), protocol }, (error, socket) => {
      if (error === null) connected(null, socket);
      else connected(error);
    });
  };
  return Object.assign(agent, { createConnection });
}

/** Axios' own http adapter, held to the rules of the seam. */
export function nodeAdapter(agents: AgeingPool<NodeAgents>, connections: number): AxiosAdapter {
  const inner = axios.getAdapter("http");
  // Node's agents count a socket only once it is there, and ours take their time to connect: they would open too many.
  const slots = new Slots(connections);
  return async (config) => {
    const exchange = exchangeOf(config);
    const signal = signalOf(exchange.signal);
    const giveBack = await slots.take(signal);
    if (giveBack === undefined) throw new AxiosError("given up", "ABORTED", config);
    // Axios would ask for compressed answers, which nobody here unpacks.
    config.headers.set("accept-encoding", "identity", false);
    const tap = new RequestTap(exchange);
    signal.addEventListener("abort", tap.onAbort);
    try {
      const inTransit = inner({
        ...config,
        url: withoutOverridden(config),
        ...agents.get(),
        responseType: "stream",
        maxRedirects: 0,
        proxy: false,
        timeout: 0,
        decompress: false,
        transport: tap,
      } as InternalAxiosRequestConfig);
      // A destroyed request that still waits for a socket says nothing until it gets one.
      const response = await Promise.race([inTransit, tap.givenUp]);
      // The caller's own configuration: the inner one names our plumbing.
      return { ...response, config, data: await collect(response.data as IncomingMessage, exchange) } as AxiosResponse;
    } catch (error) {
      if (tap.gaveUp !== undefined) throw new AxiosError(tap.gaveUp.message, tap.gaveUp.code, config);
      const odd = tap.unparsed === undefined ? undefined : readOddAnswer(tap.unparsed, exchange.maxAnswerBytes);
      if (odd === undefined) throw error;
      exchange.truncated = odd.truncated;
      return { data: odd.body, status: odd.status, statusText: "", headers: odd.headers, config } as AxiosResponse;
    } finally {
      signal.removeEventListener("abort", tap.onAbort);
      giveBack();
    }
  };
}

function collect(stream: IncomingMessage, exchange: Exchange): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const collector = new AnswerCollector(exchange, { onBody: resolve, onTooSlow: () => stream.destroy() });
    const cut = () => collector.end(true);
    stream.on("data", (chunk: Buffer) => {
      if (!collector.add(chunk)) stream.destroy();
    });
    stream.on("end", () => collector.end(!stream.complete));
    stream.on("error", cut);
    stream.on("close", cut);
    if (isAborted(exchange.signal)) stream.destroy();
  });
}

/** Stands where axios looks for `http.request`: sees the request itself, which axios keeps to itself. */
class RequestTap {
  readonly #exchange: Exchange;
  #request: ClientRequest | undefined;
  #tellGivenUp: () => void = () => {};
  gaveUp: NodeJS.ErrnoException | undefined;
  /** What Node's parser was reading when it gave up. */
  unparsed: Uint8Array | undefined;

  readonly givenUp = new Promise<never>((_, reject) => {
    this.#tellGivenUp = () => reject(this.gaveUp);
  });

  readonly onAbort = () => this.#giveUp("ABORTED", "given up");

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    options.maxHeaderSize = mostHeaderBytes;
    const secure = options.protocol === "https:";
    const request = (secure ? https : http).request(options, onAnswer);
    this.#request = request;
    // A request gets a socket when it is connected: writing comes next.
    request.once("socket", () => {
      this.#exchange.sent = true;
    });
    request.prependOnceListener("error", ({ rawPacket }: Error & { rawPacket?: Uint8Array }) => {
      this.unparsed = rawPacket;
    });
    // Without a listener Node drops the socket and says nothing.
    request.once("upgrade", () => this.#giveUp("ERR_HTTP_UPGRADE", "another protocol was not asked for"));
    if (isAborted(this.#exchange.signal)) this.onAbort();
    return request;
  }

  #giveUp(code: string, message: string): void {
    if (this.gaveUp !== undefined) return;
    this.gaveUp = new Error(message);
    this.gaveUp.code = code;
    this.#request?.destroy(this.gaveUp);
    this.#tellGivenUp();
  }
}
