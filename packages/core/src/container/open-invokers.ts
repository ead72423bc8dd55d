import type { SyncInvoker } from "../contracts/sync-invoker.ts";
import type { Transport, TransportContext } from "../contracts/transport.ts";
import { type Faults, faultSentence } from "../engine/guard/faults.ts";
import { wordlessError } from "../engine/guard/wordless-error.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import { drop } from "../model/thenable.ts";
import type { Opened } from "./opened.ts";

interface OpenInvoker {
  readonly name: string;
  readonly transport: Transport;
  readonly invoker: SyncInvoker;
}

/**
 * Opens every downstream. Errors: `config.invalid`, with all whose `open` throws or gives nothing
 * that can be called.
 */
export function openInvokers(
  downstreams: { readonly [name: string]: Transport },
  opened: Opened,
  faults: Faults,
): readonly OpenInvoker[] {
  const problems: Problem[] = [];
  const open = Object.entries(downstreams).flatMap(([name, transport]) => {
    const part = `downstream ${name}`;
    try {
      const invoker = opened.invoker(name);
      if (!isInvoker(invoker)) throw new SynclineError("contract.broken", "what wraps it has no `invoke`");
      faults.worked(part, "open");
      return [{ name, transport, invoker }];
    } catch (error) {
      faults.caught(part, "open", error);
      const message = faultSentence({ part, member: "open", error: wordlessError(error) });
      problems.push({ at: `downstreams.${name}.open`, message });
      return [];
    }
  });
  if (problems.length === 0) return open;
  throw new SynclineError("config.invalid", "The pipeline cannot start as it is configured.", { problems });
}

/** Errors: whatever `open` throws; and where it gives nothing that can be called. */
export function openInvoker(transport: Transport, context: TransportContext): SyncInvoker {
  const invoker: unknown = transport.open(context);
  // Of an `open` that is asynchronous nobody waits for the end, nor hears of it.
  drop(invoker);
  if (isInvoker(invoker)) return invoker;
  throw new SynclineError("contract.broken", "it gave nothing that has `invoke`");
}

function isInvoker(value: unknown): value is SyncInvoker {
  return typeof value === "object" && value !== null && "invoke" in value && typeof value.invoke === "function";
}
