import type { SyncInvoker } from "@syncline/core/spi";
import { bound, healthy, type Mutant, opening } from "./mutant.ts";

/** With an invoker that knows whether it was closed. */
function closable(change: (inner: SyncInvoker, isClosed: () => boolean) => SyncInvoker): Mutant["create"] {
  return opening((inner) => {
    let closed = false;
    const close = async () => {
      closed = true;
      await inner.close?.();
    };
    return change({ ...inner, close }, () => closed);
  });
}

export const closingMutants: readonly Mutant[] = [
  {
    name: "keeps its sockets after closing",
    create: opening((inner) => ({ ...inner, close: async () => {} })),
    caughtBy: "after closing no socket and no timer is left",
  },
  {
    name: "keeps a timer after closing",
    create: opening((inner) => {
      // It ends by itself, long after the check has.
      setTimeout(() => {}, 20_000);
      return inner;
    }),
    caughtBy: "after closing no socket and no timer is left",
  },
  {
    name: "waits on closing for a first call",
    create: opening((inner) => {
      let used: () => void = () => {};
      const first = new Promise<void>((resolve) => {
        used = resolve;
      });
      return {
        invoke: (call, context) => {
          used();
          return inner.invoke(call, context);
        },
        close: () => first.then(() => inner.close?.()),
      };
    }),
    caughtBy: "closing a transport that was never used ends",
  },
  {
    name: "cannot be closed twice",
    create: closable((inner, isClosed) => ({
      ...inner,
      close: async () => {
        if (isClosed()) throw new Error("It was closed before.");
        await inner.close?.();
      },
    })),
    caughtBy: "closing twice is as closing once",
  },
  {
    name: "opens anew for a call after closing",
    create: (address) => {
      const transport = healthy(address);
      const open: typeof transport.open = (context) => {
        let inner = bound(transport.open(context));
        const close = async () => {
          await inner.close?.();
          inner = bound(transport.open(context));
        };
        return { invoke: (call, given) => inner.invoke(call, given), close };
      };
      return { ...transport, open };
    },
    caughtBy: "a call after closing has failed, effect no, and is not sent",
  },
  {
    name: "forgets the calls that are under way when it is closed",
    create: closable((inner, isClosed) => ({
      ...inner,
      invoke: async (call, context) => {
        const outcome = await inner.invoke(call, context);
        return isClosed() ? new Promise(() => {}) : outcome;
      },
    })),
    caughtBy: "closing while calls are under way leaves none of them without an outcome",
  },
];
