import type { Claim, Poller, RoutedDelivery, Settlement } from "@syncline/core/spi";

export interface PollerWatcher {
  /** What became of the changes that one dispatch took. */
  routed(deliveries: readonly RoutedDelivery[]): void;
  claimed(claims: readonly Claim[]): void;
  settled(settlements: readonly Settlement[]): void;
}

/** The same poller, with somebody looking on: any part of a pipeline can be wrapped in this way. */
export function watchPoller(poller: Poller, watcher: PollerWatcher): Poller {
  return {
    dispatch: async (limit, route, signal) => {
      let deliveries: readonly RoutedDelivery[] = [];
      const routeAndKeep: typeof route = (changes, revision) => {
        const routing = route(changes, revision);
        deliveries = routing?.deliveries ?? [];
        return routing;
      };
      const result = await poller.dispatch(limit, routeAndKeep, signal);
      // Only now is it committed.
      if (result.status === "done") watcher.routed(deliveries);
      watcher.claimed(result.claims);
      return result;
    },
    claim: async (demands, lease, signal) => {
      const claims = await poller.claim(demands, lease, signal);
      watcher.claimed(claims);
      return claims;
    },
    renew: (claims, durationMs) => poller.renew(claims, durationMs),
    settle: async (settlements) => {
      const effects = await poller.settle(settlements);
      watcher.settled(settlements.filter((_, index) => effects[index] !== "late"));
      return effects;
    },
  };
}
