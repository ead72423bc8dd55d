import { documentsOf } from "../compose/documents.ts";
import type { QueryComposer } from "../contracts/query-composer.ts";
import type { QueryRunner } from "../contracts/query-runner.ts";
import { type Condition, conditionOf } from "../model/condition.ts";
import { isSynclineError, type SynclineError } from "../model/errors.ts";
import type { Failure } from "../model/outcome.ts";
import type { Strategy } from "../model/strategy.ts";
import type { WireRow } from "../model/wire.ts";

/** What reading one key gave. */
export type KeyReading =
  | { readonly result: "rows"; readonly rows: readonly WireRow[]; readonly condition: Condition }
  /** This key cannot be read: its own fault. */
  | { readonly result: "failed"; readonly failure: Failure }
  /** No key of the strategy can be read now. */
  | { readonly result: "blocked"; readonly failure: Failure }
  /** Not read: what was asked for at once has more bytes than this read may bring. */
  | { readonly result: "deferred" };

export interface ReadLimits {
  /** Bytes that all keys together may bring. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface ReaderParts {
  readonly composer: QueryComposer;
  readonly queryRunner: QueryRunner;
}

/**
 * Reads the current rows of many keys of one strategy as a set. A failure that one key may have caused halves the set
 * until that key stands alone: log₂ N statements more for one bad key among N. What is too much for one read is cut in
 * two as well, and the second part is left for another time, since both together would be as much as before.
 *
 * @returns one reading per key, in order.
 */
export async function readKeys(
  parts: ReaderParts,
  strategy: Strategy,
  keys: readonly string[],
  limits: ReadLimits,
): Promise<readonly KeyReading[]> {
  try {
    const conditions = keys.map(conditionOf);
    const rows = await readSet(parts, strategy, conditions, limits);
    return conditions.map((condition, index) => judgeRows(strategy, condition, rows[index] ?? []));
  } catch (error) {
    const middle = Math.ceil(keys.length / 2);
    if (isSynclineError(error) && error.code === "query.byte-limit") {
      if (keys.length === 1) return [deferred];
      const first = await readKeys(parts, strategy, keys.slice(0, middle), limits);
      return [...first, ...keys.slice(middle).map(() => deferred)];
    }
    const failure = failureOf(error);
    if (!isKeyFault(error)) return keys.map(() => ({ result: "blocked", failure }));
    if (keys.length === 1) return [{ result: "failed", failure }];
    // Half of the bytes for each half, so that the parts together bring no more than the whole could.
    const half = { ...limits, maxBytes: Math.ceil(limits.maxBytes / 2) };
    return [
      ...(await readKeys(parts, strategy, keys.slice(0, middle), half)),
      ...(await readKeys(parts, strategy, keys.slice(middle), half)),
    ];
  }
}

const deferred: KeyReading = { result: "deferred" };

async function readSet(
  { composer, queryRunner }: ReaderParts,
  strategy: Strategy,
  conditions: readonly Condition[],
  { maxBytes, signal }: ReadLimits,
): Promise<readonly (readonly WireRow[])[]> {
  const composed = composer.compose(strategy, conditions);
  // One row more than a single key may have tells "too many" from "just enough".
  const perKey = strategy.rows === "one" ? 2 : strategy.maxRows;
  const limits = {
    timeoutMs: strategy.queryTimeoutMs,
    maxRows:
      composed.mode === "each" ? perKey : Math.min(conditions.length * perKey, Math.max(perKey, mostRowsPerRead)),
    maxBytes,
    numbers: strategy.numbers,
  };
  const results = await queryRunner.run(composed.statements, limits, signal);
  return documentsOf(strategy, composed, results, conditions.length);
}

/** Rows that one read may hold in memory, whatever the number of keys. */
const mostRowsPerRead = 20_000;

function judgeRows(strategy: Strategy, condition: Condition, rows: readonly WireRow[]): KeyReading {
  if (strategy.rows === "one" && rows.length > 1) {
    const message = `The query yields more than one row for this key, and the strategy says rows: "one".`;
    return { result: "failed", failure: { kind: "rejected", code: "query.many-rows", message, effect: "no" } };
  }
  return { result: "rows", rows, condition };
}

function isKeyFault(error: unknown): boolean {
  return (
    isSynclineError(error) &&
    (error.code === "query.data" || error.code === "query.timeout" || error.code === "query.row-limit")
  );
}

function failureOf(error: unknown): Failure {
  if (!isSynclineError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "unavailable", code: "query.threw", message, effect: "no" };
  }
  return { kind: kindOf(error), code: error.code, message: error.message, effect: "no" };
}

function kindOf(error: SynclineError): Failure["kind"] {
  switch (error.code) {
    case "query.data":
    case "query.row-limit":
      return "rejected";
    case "query.timeout":
      return "transient";
    case "query.invalid":
    case "query.refused":
      return "misconfigured";
    case "operation.aborted":
      return "cancelled";
    default:
      return "unavailable";
  }
}
