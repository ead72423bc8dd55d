import { inLockOrder } from "@syncline/core/adapter-kit";
import type { Poller } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { chunksOf, positionsOf } from "./positions.ts";
import type { Place } from "./sql/names.ts";
import { renewLeases } from "./sql/renew-leases.ts";

/** Each thousand in a transaction of its own: what is renewed is renewed. */
export function renewWith(connections: Connections, place: Place): Poller["renew"] {
  const statement = renewLeases(place);
  return async (claims, durationMs) => {
    const held: string[] = [];
    for (const { items } of chunksOf(inLockOrder(claims, (claim) => claim))) {
      const { out } = await connections.run(statement, {
        ids: items.map(({ id }) => id),
        tokens: items.map(({ token }) => token),
        lease_ms: durationMs,
      });
      held.push(...positionsOf(out.held).flatMap((position) => items[position]?.id ?? []));
    }
    return held;
  };
}
