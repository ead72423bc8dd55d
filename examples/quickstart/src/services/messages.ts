/** What the demo and the process of the downstream services tell each other. */
export type ServiceName = "warehouse" | "search" | "billing";

export type ToServices = { readonly open: ServiceName };

export type FromServices =
  | { readonly ready: Readonly<Record<ServiceName, string>> }
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
