/** What the demo and the process of the downstream services tell each other. */
export type ServiceName = "warehouse" | "search" | "billing";

/** Let a service that was down listen from now on. */
export type ToServices = { readonly open: "billing" };

export interface Address {
  /** What the pipeline calls: a base URL, or `host:port` for gRPC. */
  readonly api: string;
  /** Where one can look at what has arrived: a base URL. */
  readonly page: string;
}

export type FromServices =
  | { readonly ready: Readonly<Record<ServiceName, Address>> }
  | { readonly opened: ServiceName }
  | { readonly failed: string };

/** One thing that a service took: which, with which revision, and when by its own clock (epoch milliseconds). */
export interface Arrival {
  readonly collection: string;
  readonly revision: string;
  readonly at: number;
}

/** The test's way of proving that the verification can fail: this service accepts some things and does not keep them. */
export const forgetfulServiceVariable = "SYNCLINE_DEMO_FORGETFUL";
