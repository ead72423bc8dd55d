import type { Absence } from "../../model/absence.ts";
import type { Condition } from "../../model/condition.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { WireRow } from "../../model/wire.ts";
import type { ReadEnd } from "../observer.ts";
import { failureOfRead } from "./read-failures.ts";

/** What reading one key gave. */
export type KeyReading =
  | {
      readonly result: "rows";
      readonly rows: readonly WireRow[];
      readonly condition: Condition;
      /** Where there are none, and it was asked. */
      readonly absence?: Absence;
    }
  /** This key cannot be read: its own fault. */
  | { readonly result: "failed"; readonly failure: Failure }
  /** No key of the strategy can be read now. */
  | { readonly result: "blocked"; readonly failure: Failure }
  /** Not read: what was asked for at once has more bytes than this read may bring. */
  | { readonly result: "deferred" };

export const deferred: KeyReading = { result: "deferred" };

/** A read that says nothing of a key: neither that it has no row nor that it is too large. */
export const unanswered: KeyReading = {
  result: "blocked",
  failure: {
    kind: "misconfigured",
    code: "query.unattested",
    message: "The read ended without a word of this key.",
    effect: "no",
  },
};

export function blockedAs(keys: readonly unknown[], failure: Failure): readonly KeyReading[] {
  return keys.map(() => ({ result: "blocked", failure }));
}

export function blockedBy(conditions: readonly Condition[], error: unknown): readonly KeyReading[] {
  return blockedAs(conditions, failureOfRead(error));
}

export function failedBy(conditions: readonly Condition[], error: unknown): readonly KeyReading[] {
  const failure = failureOfRead(error);
  return conditions.map(() => ({ result: "failed", failure }));
}

/** The rows of a key are its reading, unless the strategy says that there may be no more than one. */
export function readingOf(strategy: Strategy, condition: Condition, rows: readonly WireRow[]): KeyReading {
  if (strategy.rows === "one" && rows.length > 1) {
    const message = `The query yields more than one row for this key, and the strategy says rows: "one".`;
    return { result: "failed", failure: { kind: "rejected", code: "query.many-rows", message, effect: "no" } };
  }
  return { result: "rows", rows, condition };
}

/** Others were read with the same statement: so it is this key's fault, and the statement's no more. */
export function charged(reading: KeyReading): KeyReading {
  if (reading.result !== "failed" || reading.failure.kind === "transient") return reading;
  return { result: "failed", failure: { ...reading.failure, kind: "rejected" } };
}

/** It may be the key's fault or the statement's: tried again, and a dead letter in the end. */
export function doubted(reading: KeyReading): KeyReading {
  return reading.result === "failed"
    ? { result: "failed", failure: { ...reading.failure, kind: "transient" } }
    : reading;
}

/** Nothing can be read in time now: the lane waits as for a database that is away, and no key is charged. */
export function awaited(reading: KeyReading): KeyReading {
  return reading.result === "blocked"
    ? { result: "blocked", failure: { ...reading.failure, kind: "unavailable" } }
    : reading;
}

/** Put back without a mark, for another time. */
export function givenUp(reading: KeyReading): KeyReading {
  return reading.result === "blocked"
    ? { result: "blocked", failure: { ...reading.failure, kind: "cancelled" } }
    : reading;
}

/** What a read came to, for whoever observes it. */
export function endOfRead(readings: readonly KeyReading[]): ReadEnd {
  const end = { found: 0, absent: 0, failed: 0, deferred: 0 };
  let failure: ReadEnd["failure"];
  for (const reading of readings) {
    if (reading.result === "rows") end[reading.rows.length > 0 ? "found" : "absent"] += 1;
    else if (reading.result === "deferred") end.deferred += 1;
    else {
      end.failed += 1;
      failure ??= reading.failure;
    }
  }
  return { ...end, failure };
}
