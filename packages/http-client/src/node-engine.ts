import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import axios, { type AxiosAdapter, AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { AnswerCollector } from "./answer-collector.ts";
import { blockedAddressError, guardedLookup, isBlockedAddress } from "./blocked-addresses.ts";
import { type Exchange, exchangeOf } from "./exchange.ts";
import type { ConnectionLimits } from "./undici-engine.ts";

export interface NodeAgents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** Node's agents; 30 s of idleness end a socket, and the server's own keep-alive hint ends it sooner. */
export function nodeAgents(limits: ConnectionLimits): NodeAgents {
  const options = {
    keepAlive: true,
    timeout: 30_000,
    scheduling: "lifo",
    maxSockets: limits.connections,
    lookup: guardedLookup,
  } as const;
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

/** Axios' own http adapter, held to the rules of the seam. */
export function nodeAdapter(agents: NodeAgents, limits: ConnectionLimits): AxiosAdapter {
  const inner = axios.getAdapter("http");
  return async (config) => {
    const exchange = exchangeOf(config);
    // Axios would ask for compressed answers, which nobody here unpacks.
    config.headers.set("accept-encoding", "identity", false);
    const tap = new RequestTap(exchange, limits.connectMs);
    exchange.signal.addEventListener("abort", tap.onAbort);
    try {
      const inTransit = inner({
        ...config,
        ...agents,
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
      throw tap.gaveUp === undefined ? error : new AxiosError(tap.gaveUp.message, tap.gaveUp.code, config);
    } finally {
      exchange.signal.removeEventListener("abort", tap.onAbort);
    }
  };
}

function collect(stream: IncomingMessage, exchange: Exchange): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const collector = new AnswerCollector(exchange, resolve, () => stream.destroy());
    const cut = () => collector.end(true);
    stream.on("data", (chunk: Buffer) => {
      if (!collector.add(chunk)) stream.destroy();
    });
    stream.on("end", () => collector.end(!stream.complete));
    stream.on("error", cut);
    stream.on("close", cut);
    if (exchange.signal.aborted) stream.destroy();
  });
}

/** Stands where axios looks for `http.request`: sees the request itself, which axios keeps to itself. */
class RequestTap {
  readonly #exchange: Exchange;
  readonly #connectMs: number;
  #request: ClientRequest | undefined;
  #tellGivenUp: () => void = () => {};
  gaveUp: NodeJS.ErrnoException | undefined;

  readonly givenUp = new Promise<never>((_, reject) => {
    this.#tellGivenUp = () => reject(this.gaveUp);
  });

  readonly onAbort = () => this.#giveUp("ABORTED", "given up");

  constructor(exchange: Exchange, connectMs: number) {
    this.#exchange = exchange;
    this.#connectMs = connectMs;
  }

  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const secure = options.protocol === "https:";
    const request = (secure ? https : http).request(options, onAnswer);
    this.#request = request;
    request.once("socket", (socket) => this.#watch(socket, secure ? "secureConnect" : "connect"));
    if (isBlockedAddress(options.hostname ?? "")) request.destroy(blockedAddressError());
    else if (this.#exchange.signal.aborted) this.onAbort();
    return request;
  }

  #watch(socket: Duplex & { connecting?: boolean }, connected: string): void {
    if (socket.connecting !== true) {
      this.#exchange.sent = true;
      return;
    }
    const timer = setTimeout(() => this.#giveUp("ERR_CONNECT_TIMEOUT", "no connection in time"), this.#connectMs);
    socket.once(connected, () => {
      clearTimeout(timer);
      this.#exchange.sent = true;
    });
    socket.once("close", () => clearTimeout(timer));
  }

  #giveUp(code: string, message: string): void {
    if (this.gaveUp !== undefined) return;
    this.gaveUp = new Error(message);
    this.gaveUp.code = code;
    this.#request?.destroy(this.gaveUp);
    this.#tellGivenUp();
  }
}
