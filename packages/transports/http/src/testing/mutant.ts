import type { Failure, InvokeContext, Outcome, SyncCall, SyncInvoker, Transport } from "@syncline/core/spi";
import type { HttpAddress } from "@syncline/testkit";
import { http } from "../http.ts";

/** An HTTP transport that is broken on purpose, and the check that is meant to catch it. */
export interface Mutant {
  readonly name: string;
  readonly create: (address: HttpAddress) => Transport;
  readonly caughtBy: string;
}

export type Invoke = (call: SyncCall, context: InvokeContext) => Promise<Outcome>;

export const accepted: Outcome = { status: "accepted" };
export const never: AbortSignal = new AbortController().signal;

export function healthy({ url, secret }: HttpAddress): Transport {
  return http({ baseUrl: url, auth: { bearer: secret } });
}

/** The HTTP transport with another way of invoking. Made anew for each that is opened. */
export function invoking(change: (invoke: Invoke, address: HttpAddress) => Invoke): Mutant["create"] {
  return opening((inner, address) => ({ ...inner, invoke: change(inner.invoke, address) }));
}

export function opening(change: (inner: SyncInvoker, address: HttpAddress) => SyncInvoker): Mutant["create"] {
  return (address) => {
    const transport = healthy(address);
    return { ...transport, open: (context) => change(bound(transport.open(context)), address) };
  };
}

/** Its methods, so that they can be spread. */
export function bound(inner: SyncInvoker): SyncInvoker {
  return {
    invoke: (call, context) => inner.invoke(call, context),
    close: async () => inner.close?.(),
  };
}

/** With each outcome changed. */
export function resolving(change: (outcome: Outcome) => Outcome): Mutant["create"] {
  return invoking((invoke) => async (call, context) => change(await invoke(call, context)));
}

/** With the failure of each failed call changed. */
export function failing(change: (failure: Failure, address: HttpAddress) => Failure): Mutant["create"] {
  return invoking((invoke, address) => async (call, context) => {
    const outcome = await invoke(call, context);
    return outcome.status === "failed" ? { ...outcome, failure: change(outcome.failure, address) } : outcome;
  });
}

/** With each call changed before it is sent. */
export function sending(change: (call: SyncCall) => SyncCall): Mutant["create"] {
  return invoking((invoke) => (call, context) => invoke(change(call), context));
}
