import type { Absence } from "../../model/absence.ts";
import type { Condition } from "../../model/condition.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { KeyReading } from "./key-reading.ts";
import { type ReaderParts, SetRead } from "./set-read.ts";

interface Limits {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Asks the category's source about keys without rows: have they been deleted, or left the query's
 * filter? By a read of its own, after theirs: whatever it fails with, a missing right or a table
 * that is locked, must not hold what is to be sent. What it tells is true then: a key that came back
 * in between has a change of its own, and is sent again.
 *
 * Only where it makes a difference, since it is one read more: a strategy that skips absent keys
 * may leave out most of them.
 */
export async function withAbsences(
  parts: ReaderParts,
  strategy: Strategy,
  readings: readonly KeyReading[],
  limits: Limits,
): Promise<readonly KeyReading[]> {
  if (parts.presence === undefined || strategy.category.source === undefined || strategy.whenAbsent === "skip")
    return readings;
  const absent = readings.flatMap((reading) => (isAbsent(reading) ? [reading.condition] : []));
  if (absent.length === 0) return readings;
  const told = await absencesOf(parts, strategy, absent, limits);
  let next = 0;
  return readings.map((reading) => {
    if (!isAbsent(reading)) return reading;
    next += 1;
    return { ...reading, absence: told[next - 1] ?? "unknown" };
  });
}

function isAbsent(reading: KeyReading): reading is KeyReading & { readonly result: "rows" } {
  return reading.result === "rows" && reading.rows.length === 0;
}

async function absencesOf(
  parts: ReaderParts,
  strategy: Strategy,
  conditions: readonly Condition[],
  { maxBytes, signal }: Limits,
): Promise<readonly Absence[]> {
  const { category } = strategy;
  const { source } = category;
  try {
    // Asked each time: row security may be switched on at any time.
    const template = source && (await parts.presence?.({ ...category, source }, signal));
    if (template === undefined) return conditions.map(() => "unknown");
    const readings = await new SetRead(parts, asStrategy(strategy, template), signal).read(conditions, maxBytes);
    return readings.map(absenceOf);
  } catch {
    return conditions.map(() => "unknown");
  }
}

function absenceOf(reading: KeyReading): Absence {
  if (reading.result === "rows") return reading.rows.length === 0 ? "deleted" : "filtered";
  return reading.result === "failed" && reading.failure.code === "query.many-rows" ? "filtered" : "unknown";
}

const asked = new WeakMap<Strategy, Strategy>();

/** One object for each strategy: what is known of how it is best read is known of the object. */
function asStrategy(strategy: Strategy, query: string): Strategy {
  const before = asked.get(strategy);
  if (before?.query === query) return before;
  const { map: _, ...own } = strategy;
  const presence: Strategy = { ...own, query, map: undefined, versionColumn: undefined, rows: "one", compose: "set" };
  asked.set(strategy, presence);
  return presence;
}
