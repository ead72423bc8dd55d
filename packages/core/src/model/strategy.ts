import type { CategoryDefinition } from "./category-definition.ts";
import type { QuietWindow } from "./delivery.ts";
import type { DeliveryWindow } from "./delivery-window.ts";
import type { WireRow, WireValue } from "./wire.ts";

/** What to do when a key's query yields no row: there is no default, since each is wrong for somebody. */
export type WhenAbsent = "delete" | "skip" | "dead";

/** Calls per second of one strategy in one process, as a token bucket. */
export interface RateLimit {
  readonly perSecond: number;
  /** Tokens that may be saved up. Default 1. */
  readonly burst?: number;
}

/** Full-jitter exponential back-off: attempt n waits a random time below min(max, initial × 2ⁿ⁻¹). */
export interface RetryPolicy {
  /** Failed attempts before a delivery becomes a dead letter. Default 12. */
  readonly maxAttempts?: number;
  /** Default 1,000. */
  readonly initialMs?: number;
  /** Default 300,000. */
  readonly maxMs?: number;
}

/** Options that do not depend on where the strategy was written down. A row of the strategy table holds these as JSON. */
export interface StrategyOptions {
  /** The name of a configured downstream. */
  readonly downstream: string;
  /** The interface path, in the transport's own terms: an URL path template, `package.Service/Method`, an operation. */
  readonly path: string;
  /** The interface's method, where its transport knows such a thing (HTTP: `POST` by default). */
  readonly method?: string;
  /** The transport's own options, validated by it at start. */
  readonly options?: { readonly [name: string]: WireValue };
  readonly whenAbsent: WhenAbsent;
  /**
   * How a template is read for many keys. `set` (default): at once, or key by key, as the database
   * says is cheapest. `joined`, `fenced` and `each` pin one form.
   */
  readonly compose?: "set" | "joined" | "fenced" | "each";
  /** Whether a key yields one row (default; more than one is an error) or many. */
  readonly rows?: "one" | "many";
  /** A column whose value goes along as the item's version, instead of the revision. */
  readonly versionColumn?: string;
  /** False: one delivery per change, in order per key. Default true. */
  readonly coalesce?: boolean;
  /** False: a call that may have landed is held for a person instead of sent again. Default true. */
  readonly idempotent?: boolean;
  /** Items per call. Default 1, which sends a single item; more sends a list, even of one. */
  readonly batch?: number;
  /** Items per call of deletes, where the interface takes fewer of them: at most `batch`, the default. */
  readonly deleteBatch?: number;
  /** Calls in flight per process. Default 8. */
  readonly concurrency?: number;
  readonly rate?: RateLimit;
  readonly retry?: RetryPolicy;
  /** The deadline of one call. Default 30,000, capped by the lease less its margin. */
  readonly timeoutMs?: number;
  readonly debounce?: QuietWindow;
  /**
   * Outside of it nothing of this strategy is claimed; its changes go on folding. Default: always
   * open.
   */
  readonly window?: DeliveryWindow;
  /**
   * `shadow`: all is done but the call. Keys are read and composed, and count as delivered; a sample
   * of what would have been sent is kept (`Pipeline.shadow`). Default `live`.
   */
  readonly mode?: "live" | "shadow";
  /** Of a shadow: the strategy of the same category that its sample is held against. */
  readonly shadowOf?: string;
  /** How int8 and numeric columns travel. Default "string", which is exact. */
  readonly numbers?: "string" | "number";
  /**
   * The time limit of a read. Default 30,000, at most what the pipeline allows
   * (`tuning.maxQueryTimeoutMs`, 60,000).
   */
  readonly queryTimeoutMs?: number;
  /** Rows that one key may yield. Default 1 for `rows: "one"`, 10,000 for `many`. */
  readonly maxRows?: number;
}

/** A strategy as it is written down: by name of its category, as data (a table row, a file). */
export interface StrategyDefinition extends StrategyOptions {
  /** Letters, digits, `_`, `.` or `-`, beginning with a letter or digit; at most 64 characters. */
  readonly name: string;
  /** The name of a category of the data dictionary. */
  readonly category: string;
  /** The query template: one SELECT whose named parameters (`:orderId`) are key fields of the category. */
  readonly query: string;
}

/** Code may also reshape what is sent. It must be pure and fast; what it throws makes that item `unsendable`. */
export type RowMapper = (row: WireRow) => WireValue;

/** A strategy with everything checked and every default filled in. What the engine, the composer and transports see. */
export interface Strategy
  extends Required<
    Omit<
      StrategyDefinition,
      "category" | "method" | "rate" | "debounce" | "window" | "versionColumn" | "shadowOf" | "retry"
    >
  > {
  readonly category: CategoryDefinition;
  readonly method: string | undefined;
  readonly rate: Required<RateLimit> | undefined;
  readonly debounce: QuietWindow | undefined;
  readonly window: DeliveryWindow | undefined;
  readonly versionColumn: string | undefined;
  readonly shadowOf: string | undefined;
  readonly retry: Required<RetryPolicy>;
  readonly map: RowMapper | undefined;
}
