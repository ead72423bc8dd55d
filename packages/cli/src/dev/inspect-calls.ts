import { type Pipeline, TOKENS } from "@syncline/core";
import type { Outcome, SyncCall, SyncInvoker, WireValue } from "@syncline/core/spi";

/** One call, as somebody who looks on sees it. Secrets are not among it. */
export interface SeenCall {
  readonly at: string;
  readonly strategy: string;
  readonly operation: "upsert" | "delete";
  readonly keys: readonly unknown[];
  readonly attempt: number;
  /** As the transport describes it; without that, what it was given. */
  readonly request: { readonly [part: string]: WireValue };
  /** `recorded`: it was answered here, and nothing was sent. */
  readonly outcome: "recorded" | Outcome;
}

/**
 * From now on each call of the pipeline is told. Without `isLive` none goes out: it is taken for
 * accepted, and so are probes for good. To be asked for before anything opens the downstreams.
 */
export function inspectCalls({ container }: Pipeline, isLive: boolean, tell: (call: SeenCall) => void): void {
  container.onActivation(TOKENS.SyncInvoker, (_, invoker) => ({
    ...(invoker.describe === undefined ? {} : { describe: invoker.describe.bind(invoker) }),
    ...(isLive && invoker.check !== undefined ? { check: invoker.check.bind(invoker) } : {}),
    ...(invoker.close === undefined ? {} : { close: invoker.close.bind(invoker) }),
    invoke: async (call, context) => {
      const outcome = isLive ? await invoker.invoke(call, context) : ({ status: "accepted" } as const);
      tell({ ...seen(call, invoker), outcome: isLive ? outcome : "recorded" });
      return outcome;
    },
  }));
}

function seen(call: SyncCall, invoker: SyncInvoker): Omit<SeenCall, "outcome"> {
  const { strategy, operation, items, attempt } = call;
  return {
    at: new Date().toISOString(),
    strategy,
    operation,
    keys: items.map(({ key }) => key),
    attempt,
    request: requestOf(call, invoker),
  };
}

function requestOf(call: SyncCall, invoker: SyncInvoker): SeenCall["request"] {
  let described: unknown;
  try {
    described = invoker.describe?.(call);
  } catch {
    // What it was given says enough.
  }
  const request =
    typeof described === "object" && described !== null
      ? (described as SeenCall["request"])
      : { path: call.path, items: call.items.map(({ body }) => body) };
  return Object.fromEntries(
    Object.entries(request).map(([part, value]) => [part, namesSecrets.has(part) ? withoutSecrets(value) : value]),
  );
}

const namesSecrets: ReadonlySet<string> = new Set(["headers", "metadata"]);

/** A transport leaves its own credentials out; a header that somebody has configured may hold one. */
function withoutSecrets(value: WireValue): WireValue {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      looksSecret.test(name) && !ownKey.test(name) ? "(hidden)" : each,
    ]),
  );
}

const looksSecret = /auth|cookie|token|secret|passw|signature|credential|(?:^|[-_])key$|api-?key/i;
const ownKey = /^idempotency-key$/i;
