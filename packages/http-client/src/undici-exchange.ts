import { type AbortListener, offAbort, onAbort } from "@syncline/core/transport-kit";
import type { Dispatcher } from "undici";
import { AnswerCollector, type AnswerReader } from "./answer-collector.ts";
import { headBehind } from "./answer-heads.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpAnswer, HttpFault, HttpHeaders } from "./http-client.ts";
import { readOddAnswer } from "./odd-answer.ts";

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

class ExchangeHandler implements Dispatcher.DispatchHandler, AbortListener, AnswerReader {
  readonly #exchange: Exchange;
  readonly #resolve: (result: HttpAnswer | HttpFault) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpHeaders | undefined;
  #collector: AnswerCollector | undefined;
  #settled = false;

  constructor(exchange: Exchange, resolve: (result: HttpAnswer | HttpFault) => void) {
    this.#exchange = exchange;
    this.#resolve = resolve;
    onAbort(exchange.signal, this);
  }

  /** A connected socket was found; writing comes next. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) this.#drop();
    else this.#exchange.sent = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    if (status < 200 || this.#settled) return;
    this.#controller = controller;
    this.#status = status;
    this.#headers = headers;
    this.#collector = new AnswerCollector(this.#exchange, this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#collector?.add(chunk) === false) this.#drop();
  }

  onResponseEnd(): void {
    this.#collector?.end(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: NodeJS.ErrnoException): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.#endOddly(error);
  }

  #endOddly(error: NodeJS.ErrnoException): void {
    const head = headBehind(error);
    const odd = head === undefined ? undefined : readOddAnswer(head, this.#exchange.maxAnswerBytes);
    if (odd === undefined) {
      this.fail(error);
    } else {
      this.#exchange.truncated = odd.truncated;
      this.#settle(odd);
    }
  }

  onBody(body: Uint8Array): void {
    const { truncated } = this.#exchange;
    this.#settle({ status: this.#status, headers: this.#headers ?? {}, body, truncated });
  }

  onTooSlow(): void {
    this.#drop();
  }

  /** Never the error object itself: it may hold what was sent. */
  fail({ code, name, message }: NodeJS.ErrnoException): void {
    this.#settle({ fault: code ?? name, reason: message, sent: this.#exchange.sent });
  }

  /** The call was aborted. */
  handleEvent(): void {
    if (this.#collector !== undefined) this.#collector.end(true);
    else this.#settle({ fault: "ABORTED", reason: "given up", sent: this.#exchange.sent });
    this.#drop();
  }

  #settle(result: HttpAnswer | HttpFault): void {
    if (this.#settled) return;
    this.#settled = true;
    offAbort(this.#exchange.signal, this);
    this.#resolve(result);
  }

  /** Takes the socket down with it: whatever still comes on it is nobody's. */
  #drop(): void {
    this.#controller?.abort(new Error("given up"));
  }
}
