import type { Problem } from "../model/problem.ts";
import type { RateLimit, Strategy } from "../model/strategy.ts";
import type { Logger } from "./logger.ts";
import type { Versioned } from "./spec-version.ts";
import type { SyncInvoker } from "./sync-invoker.ts";

export interface TransportContext {
  /** The downstream's name. */
  readonly downstream: string;
  readonly log: Logger;
}

/** Declared as data; what is declared is tested. */
export interface TransportCapabilities {
  /** Can send lists. Without it, a strategy's `batch` above 1 is refused at start. */
  readonly batch: boolean;
  /** May answer `partial`. */
  readonly perItemOutcome: boolean;
  /** Can tell a downstream that a key is gone. Without it, `whenAbsent: "delete"` is refused at start. */
  readonly delete: boolean;
}

/** A configured downstream's way of being called. What a transport package's function returns. */
export interface Transport extends Versioned {
  /** The package's word for itself: `http`, `@acme/kafka`. */
  readonly name: string;
  readonly capabilities: TransportCapabilities;
  /** Limits for the downstream as a whole, on top of its strategies' own. */
  readonly limits?: { readonly concurrency?: number; readonly rate?: RateLimit };
  /** What is wrong with the transport's own options; every problem at once. Called before `open`. Paths relative to the downstream. */
  checkOptions?(): readonly Problem[];
  /**
   * Read what strategies are checked against: schema files, a WSDL, what the server says of itself. Called once, when the pipeline
   * starts, before `checkStrategy` and the first call. Resolves with what is wrong with the
   * operator's own files, every problem at once, paths relative to the downstream. Whatever comes
   * by network, or does not, is no problem here, and nothing that `checkStrategy` judges by: it
   * would stop every lane, and the downstream may answer otherwise in a minute. Its calls tell of
   * it. Never rejects.
   */
  prepare?(signal: AbortSignal): Promise<readonly Problem[]>;
  /** What is wrong with a strategy that names this downstream: path, method, options. Pure. Paths relative to the strategy. */
  checkStrategy?(strategy: Strategy): readonly Problem[];
  /** No I/O: connect on first use. Called once. */
  open(context: TransportContext): SyncInvoker;
}
