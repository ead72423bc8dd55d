import type { Abortable } from "@syncline/core/transport-kit";

/** One request. */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query, percent-encoded, below the client's origin. */
  readonly path: string;
  /** Names in lower case. Values are printable ASCII. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array | undefined;
  /** A call's context will do, and is cheaper than its signal. */
  readonly signal: Abortable;
  /** Of the answer's body no more is ever held; the socket is dropped where it goes on. */
  readonly maxAnswerBytes: number;
  /**
   * How long to wait for the rest of the answer once its head is there; what has come by then is the answer.
   * `undefined`: until `signal` fires.
   */
  readonly bodyWaitMs: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** The body is not all there: too long, too slow, broken off, or given up. */
  readonly truncated: boolean;
}

export type HttpHeaders = { readonly [name: string]: string | readonly string[] | undefined };

/** No answer came. */
export interface HttpFault {
  /** The engine's or the system's code: `ECONNREFUSED`, `UND_ERR_CONNECT_TIMEOUT`, `ABORTED`. */
  readonly fault: string;
  /** The engine's words. From outside: may hold anything. */
  readonly reason: string;
  /** Whether a byte of the request may have left. */
  readonly sent: boolean;
}

/** Bytes in, bytes out, one attempt. Never follows a redirect, never resends, never throws. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpAnswer | HttpFault>;
  /** Connect and hang up. */
  probe(signal: AbortSignal): Promise<HttpFault | undefined>;
  close(): Promise<void>;
}

/** One downstream's client, but for what every engine does alike. */
export type ClientParts = Pick<HttpClient, "request" | "close">;
