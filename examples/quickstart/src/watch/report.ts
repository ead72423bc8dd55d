import type { Services } from "../services/services.ts";
import { destinations } from "../strategies.ts";
import type { Verdict } from "../verification.ts";
import type { Display } from "./display.ts";
import { paint } from "./paint.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { count, textTable } from "./text-table.ts";

const titles = [
  "downstream",
  "strategy",
  "recorded",
  "folded",
  "delivered",
  "calls",
  "put back",
  "retried",
  "absent",
  "p50",
  "p99",
];

/** The table of what became of all changes. */
export async function reportTotals(scoreboard: Scoreboard, services: Services, display: Display): Promise<void> {
  const rows: string[][] = [];
  for (const { service, collection, strategy } of destinations) {
    const { changes, delivered, calls, putBack, retried, absent, dead } = scoreboard.of(strategy);
    const arrivals = await services.arrivals(service);
    const latencies = latenciesOf(
      strategy,
      scoreboard,
      arrivals.filter((arrival) => arrival.collection === collection),
    );
    const folded = changes - delivered - dead;
    const counts = [changes, folded, delivered, calls, putBack, retried, absent].map(count);
    rows.push([service, strategy, ...counts, milliseconds(latencies, 0.5), milliseconds(latencies, 0.99)]);
  }
  for (const line of textTable([titles.map((title) => paint("dim", title)), ...rows], [0, 1])) display.say(line);
  display.say(
    paint(
      "dim",
      [
        "folded: went out together with another change of the same key. put back: the downstream was away, no attempt counted.",
        "absent: the row was gone or had left the filter, so the downstream deleted it. p50, p99: from recording the oldest",
        "change that a delivery carries, the last thing before its COMMIT, to the moment when the service took it.",
      ].join("\n"),
    ),
  );
}

/** Sorted, in milliseconds; one for each delivery that arrived, however often it did. */
function latenciesOf(
  strategy: string,
  scoreboard: Scoreboard,
  arrivals: readonly { readonly revision: string; readonly at: number }[],
): readonly number[] {
  const firstArrivals = new Map<string, number>();
  for (const { revision, at } of arrivals) if (!firstArrivals.has(revision)) firstArrivals.set(revision, at);
  const latencies: number[] = [];
  for (const [revision, at] of firstArrivals) {
    const recordedAt = scoreboard.recordedAt(strategy, revision);
    if (recordedAt !== undefined) latencies.push(at - recordedAt);
  }
  return latencies.sort((one, other) => one - other);
}

function milliseconds(sorted: readonly number[], share: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? "–" : `${count(Math.max(0, Math.round(value)))} ms`;
}

const mostExamples = 5;

/** Returns whether every downstream has exactly what the database says. */
export function reportVerdicts(verdicts: readonly Verdict[], display: Display): boolean {
  for (const { destination, documents, differences } of verdicts) {
    const where = `${destination.service}/${destination.collection}`.padEnd(18);
    if (differences.length === 0) {
      display.say(
        `${paint("green", "✓")} ${where} has all ${count(documents)} documents that ${destination.strategy} yields`,
      );
      continue;
    }
    display.say(
      `${paint("red", "✗")} ${where} differs from ${destination.strategy} in ${count(differences.length)} places`,
    );
    for (const difference of differences.slice(0, mostExamples)) display.say(`    ${difference}`);
  }
  const isEqual = verdicts.every(({ differences }) => differences.length === 0);
  display.say(
    isEqual
      ? paint("green", "Verified: every downstream equals the database.")
      : paint("red", "NOT verified: downstreams differ from the database."),
  );
  return isEqual;
}
