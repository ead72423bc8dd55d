import type { Dispatcher } from "undici";
import { AnswerCollector } from "./answer-collector.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpAnswer, HttpFault, HttpHeaders } from "./http-client.ts";

/** One request in undici's own words: `headers` are names and values in turn. */
export interface Sending {
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: string[];
  readonly body: string | Uint8Array | null;
}

/** One exchange over undici's dispatch, without body streams. Never rejects. */
export function exchangeOver(
  dispatcher: Dispatcher,
  sending: Sending,
  exchange: Exchange,
): Promise<HttpAnswer | HttpFault> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(exchange, resolve);
    try {
      dispatcher.dispatch(sending, handler);
    } catch (error) {
      handler.fail(error as NodeJS.ErrnoException);
    }
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #resolve: (result: HttpAnswer | HttpFault) => void;
  readonly #onAbort = () => this.#abort();
  #controller: Dispatcher.DispatchController | undefined;
  #collector: AnswerCollector | undefined;
  #settled = false;

  constructor(exchange: Exchange, resolve: (result: HttpAnswer | HttpFault) => void) {
    this.#exchange = exchange;
    this.#resolve = resolve;
    exchange.signal.addEventListener("abort", this.#onAbort);
  }

  /** A connected socket was found; writing comes next. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) this.#drop();
    else this.#exchange.sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    if (status < 200 || this.#settled) return;
    const exchange = this.#exchange;
    const done = (body: Uint8Array) => this.#settle({ status, headers, body, truncated: exchange.truncated });
    this.#controller = controller;
    this.#collector = new AnswerCollector(exchange, done, () => this.#drop());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#collector?.add(chunk) === false) this.#drop();
  }

  onResponseEnd(): void {
    this.#collector?.end(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: NodeJS.ErrnoException): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.fail(error);
  }

  /** Never the error object itself: it may hold what was sent. */
  fail({ code, name, message }: NodeJS.ErrnoException): void {
    this.#settle({ fault: code ?? name, reason: message, sent: this.#exchange.sent });
  }

  #abort(): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.#settle({ fault: "ABORTED", reason: "given up", sent: this.#exchange.sent });
    this.#drop();
  }

  #settle(result: HttpAnswer | HttpFault): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#exchange.signal.removeEventListener("abort", this.#onAbort);
    this.#resolve(result);
  }

  /** Takes the socket down with it: whatever still comes on it is nobody's. */
  #drop(): void {
    this.#controller?.abort(new Error("given up"));
  }
}
