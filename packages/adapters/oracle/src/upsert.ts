import { isFirstOfKey, leasedClaims, type UpsertedDeliveries } from "@syncline/core/adapter-kit";
import type { Claim, RoutedDelivery } from "@syncline/core/spi";
import type { RunStatement } from "./connections.ts";
import { chunksOf, positionsOf } from "./positions.ts";
import type { OwnStatement } from "./sql/statement.ts";
import type { BindValues } from "./statement-binds.ts";

/** A thousand at a time, in lock order throughout. */
export async function upsertAll(
  run: RunStatement,
  statement: OwnStatement,
  deliveries: readonly RoutedDelivery[],
): Promise<UpsertedDeliveries> {
  const claims: Claim[] = [];
  let inserted = 0;
  for (const { items, offset } of chunksOf(deliveries)) {
    const { out } = await run(statement, deliveryArrays(items, deliveries[offset - 1]));
    inserted += Number(out.inserted);
    claims.push(
      ...leasedClaims(
        items,
        BigInt(String(out.base)),
        positionsOf(out.leased).map((position) => position + 1),
      ),
    );
  }
  return { inserted, folded: deliveries.length - inserted, claims };
}

function deliveryArrays(deliveries: readonly RoutedDelivery[], before: RoutedDelivery | undefined): BindValues {
  const quiet = deliveries.map(({ debounce }) =>
    debounce !== undefined && debounce.quietMs > 0 ? debounce : undefined,
  );
  return {
    strategies: deliveries.map(({ strategy }) => strategy),
    keys: deliveries.map(({ key }) => key),
    ordinals: deliveries.map(({ ordinal }) => ordinal),
    operations: deliveries.map(({ operation }) => operation),
    tokens: deliveries.map(({ lease }) => lease?.token ?? null),
    first_ms: deliveries.map(({ firstRecordedAt }) => firstRecordedAt),
    changes: deliveries.map(({ changes }) => changes),
    leases: deliveries.map(({ lease }) => lease?.durationMs ?? null),
    quiets: quiet.map((window) => window?.quietMs ?? null),
    longests: quiet.map((window) => window?.maxMs ?? null),
    leasables: deliveries.map((delivery, index) => (isFirstOfKey(delivery, deliveries[index - 1] ?? before) ? 1 : 0)),
  };
}
