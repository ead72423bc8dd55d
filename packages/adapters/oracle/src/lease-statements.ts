import {
  type AnswerRow,
  type Apart,
  ask,
  type ClaimGiven,
  claimColumns,
  type LeaseStatements,
  positionsOf,
  type SettlementRow,
} from "@syncline/core/adapter-kit";
import { type Claim, type Demand, SynclineError } from "@syncline/core/spi";
import { type Chunk, chunksOf } from "./chunks.ts";
import { claimDue, claimLine, isOptional, noText } from "./sql/claim-due.ts";
import { hastenWaiting } from "./sql/hasten-waiting.ts";
import type { Place } from "./sql/names.ts";
import { renewLeases } from "./sql/renew-leases.ts";
import { settle } from "./sql/settle.ts";
import { mostElements } from "./sql/statement.ts";
import { type NamedStatement, named } from "./sql-driver.ts";
import { withinBytes } from "./text-bytes.ts";

export function leaseStatements(place: Place): LeaseStatements<NamedStatement> {
  return { claim: claiming(place), renew: renewing(place), settleAll: settling(place), hasten: hastening(place) };
}

function claiming(place: Place): Apart<NamedStatement, ClaimGiven> {
  const claim = named<ClaimGiven>(
    claimDue(place),
    ({ demands, token, leaseMs }) => ({
      strategies: demands.map(({ strategy }) => strategy),
      counts: demands.map(({ count }) => count),
      token,
      lease_ms: leaseMs,
    }),
    ({ out }) => ((out.claims ?? []) as readonly string[]).map(claimRow),
  );
  return {
    async apart(driver, given, signal) {
      const rows: AnswerRow[] = [];
      for (const demands of withinOneAnswer(given.demands))
        rows.push(...(await driver.run(claim, { ...given, demands }, signal)));
      return rows;
    },
  };
}

/** Demands of no more claims together than one answer holds. One that asks for more gets less, as it may. */
function withinOneAnswer(demands: readonly Demand[]): readonly (readonly Demand[])[] {
  const groups: Demand[][] = [];
  let room = 0;
  for (const demand of demands) {
    const count = Math.min(demand.count, mostElements);
    if (count > room) {
      groups.push([]);
      room = mostElements;
    }
    groups.at(-1)?.push({ ...demand, count });
    room -= count;
  }
  return groups;
}

const line = new RegExp(`^${"(\\S+) ".repeat(claimLine.length - 1)}(.*)$`, "s");
const places = claimColumns.names.map((column) => ({
  place: 1 + claimLine.indexOf(column),
  nothing: isOptional(column) ? noText : undefined,
}));

function claimRow(text: string): AnswerRow {
  const values = line.exec(text);
  if (values === null) throw new SynclineError("database.failed", "A claim did not come back as it was written.");
  return places.map(({ place, nothing }) => (values[place] === nothing ? null : values[place]));
}

interface RenewGiven {
  readonly leases: readonly Claim[];
  readonly leaseMs: number;
}

/** Each thousand in a transaction of its own: what is renewed is renewed. */
function renewing(place: Place): Apart<NamedStatement, RenewGiven> {
  const renew = named<RenewGiven>(renewLeases(place), ({ leases, leaseMs }) => ({
    ids: leases.map(({ id }) => id),
    tokens: leases.map(({ token }) => token),
    lease_ms: leaseMs,
  }));
  return {
    async apart(driver, { leases, leaseMs }, signal) {
      const held: AnswerRow[] = [];
      for (const { items } of chunksOf(leases)) {
        const rows = await driver.run(renew, { leases: items, leaseMs }, signal);
        const positions = rows.flatMap(([joined]) => positionsOf(joined));
        held.push(...positions.map((position) => [items[position - 1]?.id]));
      }
      return held;
    },
  };
}

interface SettleGiven {
  readonly settlements: readonly SettlementRow[];
}

/** Up to a thousand are one round trip. */
function settling(place: Place): Apart<NamedStatement, SettleGiven> {
  const some = named<SettleGiven>(settle(place), ({ settlements }) => ({
    ids: settlements.map(({ id }) => id),
    tokens: settlements.map(({ token }) => token),
    revisions: settlements.map(({ revision }) => revision),
    results: settlements.map(({ result }) => result),
    delays: settlements.map(({ delayMs }) => delayMs),
    kinds: settlements.map(({ kind }) => kind),
    codes: settlements.map(({ code }) => code),
    messages: settlements.map(({ message }) => (message === null ? null : withinBytes(message))),
  }));
  return {
    async apart(driver, { settlements }, signal) {
      const chunks = chunksOf(settlements);
      const [only] = chunks;
      if (only !== undefined && chunks.length === 1)
        return effectsOf(await driver.run(some, { settlements: only.items }, signal), only);
      return driver.transaction(function* () {
        const rows: AnswerRow[] = [];
        for (const chunk of chunks) rows.push(...effectsOf(yield* ask(some, { settlements: chunk.items }), chunk));
        return { result: rows };
      }, signal);
    },
  };
}

function hastening(place: Place) {
  return named<{ readonly strategy: string; readonly limit: number }>(hastenWaiting(place), ({ strategy, limit }) => {
    return { strategy, most: limit };
  });
}

function effectsOf(rows: readonly AnswerRow[], { items, offset }: Chunk<unknown>): readonly AnswerRow[] {
  const placed = (joined: unknown, effect: string) =>
    positionsOf(joined).map((position) => [offset + position - 1, effect]);
  return rows.flatMap(([again, late]) => [
    ...placed(again, "again"),
    ...placed(late, "late"),
    [items.length, "settled"],
  ]);
}
