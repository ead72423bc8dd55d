import type { Abortable } from "@syncline/core/transport-kit";
import type { AxiosRequestConfig } from "axios";
import type { HttpRequest } from "./http-client.ts";

/** Of one answer. Engines take 16 KiB by themselves, which the cookies of a single sign-on fill. */
export const mostHeaderBytes = 262_144;

/**
 * What an engine must know and say of one request beyond axios' own words. It rides in the request's configuration
 * through all interceptors; being no plain object, axios passes it on as it is.
 */
export class Exchange {
  /** A byte of the request may have left. */
  sent = false;
  truncated = false;
  readonly signal: Abortable;
  readonly maxAnswerBytes: number;
  readonly bodyWaitMs: number | undefined;

  constructor(request: HttpRequest) {
    this.signal = request.signal;
    this.maxAnswerBytes = request.maxAnswerBytes;
    this.bodyWaitMs = request.bodyWaitMs;
  }
}

export interface ExchangeConfig extends AxiosRequestConfig {
  readonly exchange: Exchange;
}

export function exchangeOf(config: AxiosRequestConfig): Exchange {
  const { exchange } = config as Partial<ExchangeConfig>;
  if (exchange === undefined)
    throw new Error("an interceptor has dropped the request's `exchange`: pass the configuration on");
  return exchange;
}
