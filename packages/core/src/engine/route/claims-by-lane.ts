import type { Claim, RoutedDelivery } from "../../model/delivery.ts";

export function byStrategy(claims: readonly Claim[]): ReadonlyMap<string, readonly Claim[]> {
  const lists = new Map<string, Claim[]>();
  for (const claim of claims) {
    const list = lists.get(claim.strategy);
    if (list === undefined) lists.set(claim.strategy, [claim]);
    else list.push(claim);
  }
  return lists;
}

/** Takes apart what a dispatch has leased. @param backfill of it, what only a backfill asks for. */
export function withoutBackfill(
  claims: readonly Claim[],
  backfill: readonly RoutedDelivery[],
): { readonly live: readonly Claim[]; readonly backfilled: readonly Claim[] } {
  if (backfill.length === 0) return { live: claims, backfilled: [] };
  const places = new Set(backfill.map(placeOf));
  const isBackfilled = (claim: Claim) => places.has(placeOf(claim));
  return { live: claims.filter((claim) => !isBackfilled(claim)), backfilled: claims.filter(isBackfilled) };
}

function placeOf({ strategy, key }: RoutedDelivery | Claim): string {
  return `${strategy}\n${key}`;
}
