import type { Axios } from "axios";
import type { ConnectorOptions } from "./connector.ts";

/** The instance that every request of one downstream goes through: add interceptors to it. */
export type HttpInstance = Pick<Axios, "interceptors" | "defaults">;

export interface AxiosClientOptions extends ConnectorOptions {
  readonly origin: string;
  /** `node`: axios' own http adapter: slower, but what instrumentation of `node:http` sees. */
  readonly engine?: "undici" | "node" | undefined;
  /** Sockets at most. */
  readonly connections: number;
  /** Default 300,000. */
  readonly connectionAgeMs?: number | undefined;
  readonly configure?: ((instance: HttpInstance) => void) | undefined;
}
