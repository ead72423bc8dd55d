import axios, { type AxiosAdapter, AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { Agent, type Dispatcher } from "undici";
import { AnswerCollector } from "./answer-collector.ts";
import type { Connector } from "./connector.ts";
import { type Exchange, exchangeOf } from "./exchange.ts";

/** `connections`: sockets per origin. */
export function undiciAgent(connect: Connector, connections: number): Agent {
  // No time limits of its own: the call's signal is the deadline, of the whole answer.
  return new Agent({ connect, connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
}

/** An axios adapter over undici's dispatch: 2.5 times the requests per core of axios' own, measured through the whole transport. */
export function undiciAdapter(dispatcher: Dispatcher): AxiosAdapter {
  return (config) =>
    new Promise((resolve, reject) => {
      const handler = new ExchangeHandler(config, exchangeOf(config), resolve, reject);
      dispatcher.dispatch(
        { ...target(config), method: method(config), headers: headers(config), body: config.data },
        handler,
      );
    });
}

function target(config: InternalAxiosRequestConfig): { readonly origin: string; readonly path: string } {
  const { baseURL, url } = config;
  if (baseURL !== undefined && url?.startsWith("/") && config.params === undefined)
    return { origin: baseURL, path: url };
  // An interceptor has changed the address: its right, and its words are axios'.
  const { origin, pathname, search } = new URL(axios.getUri(config));
  return { origin, path: pathname + search };
}

function method(config: InternalAxiosRequestConfig): Dispatcher.HttpMethod {
  return (config.method ?? "get").toUpperCase() as Dispatcher.HttpMethod;
}

function headers(config: InternalAxiosRequestConfig): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(config.headers)) {
    if (value !== undefined && value !== null && value !== false) flat.push(name, String(value));
  }
  return flat;
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #config: InternalAxiosRequestConfig;
  readonly #exchange: Exchange;
  readonly #resolve: (response: AxiosResponse) => void;
  readonly #reject: (error: AxiosError) => void;
  readonly #onAbort = () => this.#abort();
  #controller: Dispatcher.DispatchController | undefined;
  #collector: AnswerCollector | undefined;
  #settled = false;

  constructor(
    config: InternalAxiosRequestConfig,
    exchange: Exchange,
    resolve: (response: AxiosResponse) => void,
    reject: (error: AxiosError) => void,
  ) {
    this.#config = config;
    this.#exchange = exchange;
    this.#resolve = resolve;
    this.#reject = reject;
    exchange.signal.addEventListener("abort", this.#onAbort);
  }

  /** A connected socket was found; writing comes next. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) this.#drop();
    else this.#exchange.sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: AxiosResponse["headers"]): void {
    if (status < 200 || this.#settled) return;
    const done = (data: Uint8Array) => this.#answer({ data, status, statusText: "", headers, config: this.#config });
    this.#controller = controller;
    this.#collector = new AnswerCollector(this.#exchange, done, () => this.#drop());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#collector?.add(chunk) === false) this.#drop();
  }

  onResponseEnd(): void {
    this.#collector?.end(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: NodeJS.ErrnoException): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.#fail(error.code ?? error.name, error.message);
  }

  #abort(): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.#fail("ABORTED", "given up");
    this.#drop();
  }

  #answer(response: AxiosResponse): void {
    this.#settle();
    this.#resolve(response);
  }

  #fail(code: string, message: string): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(new AxiosError(message, code, this.#config));
  }

  #settle(): void {
    this.#settled = true;
    this.#exchange.signal.removeEventListener("abort", this.#onAbort);
  }

  /** Takes the socket down with it: whatever still comes on it is nobody's. */
  #drop(): void {
    this.#controller?.abort(new Error("given up"));
  }
}
