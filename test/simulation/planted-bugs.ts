import type { Poller, QueryResult, Settlement, SyncCall, SyncInvoker } from "@syncline/core/spi";
import { CircuitBreaker } from "../../packages/core/src/engine/call/circuit-breaker.ts";
import { Downstream } from "../../packages/core/src/engine/call/downstream.ts";
import { OutageDetector } from "../../packages/core/src/engine/call/outage-detector.ts";
import { RateLimiter } from "../../packages/core/src/engine/call/rate-limiter.ts";
import { Engine } from "../../packages/core/src/engine/engine.ts";
import { LeaseKeeper } from "../../packages/core/src/engine/settle/leases.ts";
import { Settler } from "../../packages/core/src/engine/settle/settler.ts";
import type { PlantedBug } from "./planted-bug.ts";

/** Faults that the simulation must find, each by the check that is meant for it. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a settle that ignores the revision",
    violation: /ends as|last change/,
    poller: (sound, store) =>
      settling(sound, (each) => {
        const now = [...store.deliveries.values()].find(({ id }) => String(id) === each.claim.id);
        return { ...each, claim: { ...each.claim, revision: String(now?.revision ?? each.claim.revision) } };
      }),
  },
  {
    name: "a settle that ignores the lease",
    violation: /a late settle changed something/,
    poller: (sound, store) =>
      settling(sound, (each) => {
        const now = [...store.deliveries.values()].find(({ id }) => String(id) === each.claim.id);
        return { ...each, claim: { ...each.claim, token: now?.token ?? each.claim.token } };
      }),
  },
  {
    name: "a release that forgets the delivery",
    violation: /ends as|never sent/,
    poller: (sound) =>
      settling(sound, (each) => (each.result === "released" ? { result: "accepted", claim: each.claim } : each)),
  },
  {
    name: "a release that is a dead letter",
    violation: /an attempt too many was counted/,
    poller: (sound) =>
      settling(sound, (each) =>
        each.result === "released" ? { result: "dead", claim: each.claim, failure: outage } : each,
      ),
  },
  {
    name: "a retry that counts no attempt",
    violation: /a failed attempt was not counted/,
    poller: (sound) =>
      settling(sound, (each) =>
        each.result === "retry" ? { result: "released", claim: each.claim, delayMs: each.delayMs } : each,
      ),
  },
  {
    name: "a retry beyond the last attempt",
    violation: /tried again though no attempt was left/,
    break: () =>
      judging((each) =>
        each.result === "dead" && each.failure.kind === "transient" ? { ...each, result: "retry", delayMs: 50 } : each,
      ),
  },
  {
    name: "a dead letter while attempts are left",
    violation: /gave up though attempts were left/,
    break: () =>
      judging((each) =>
        each.result === "retry" ? { result: "dead", claim: each.claim, failure: each.failure } : each,
      ),
  },
  {
    name: "a retry sooner than was asked for",
    violation: /called before the time asked for/,
    poller: (sound) => settling(sound, (each) => (each.result === "retry" ? { ...each, delayMs: 0 } : each)),
  },
  {
    name: "a claim of what another worker has leased",
    violation: /leased to two/,
    poller: (sound, store) => ({
      ...sound,
      claim: (...given) => {
        for (const each of store.deliveries.values())
          if (each.token !== undefined && each.state === "pending") each.dueAt = store.now();
        return sound.claim(...given);
      },
    }),
  },
  {
    name: "a claim that takes no heed of order",
    violation: /two calls at once: [a-z-]*strict/,
    poller: (sound, store) => ({
      ...sound,
      claim: (...given) => {
        const leased = [...store.deliveries].filter(([, each]) => each.token !== undefined && each.dueAt > store.now());
        for (const [place] of leased) store.deliveries.delete(place);
        const claims = sound.claim(...given);
        for (const [place, each] of leased) store.deliveries.set(place, each);
        return claims;
      },
    }),
  },
  {
    name: "a claim of a paused strategy",
    violation: /claimed though paused/,
    poller: (sound, store) => ({
      ...sound,
      claim: (...given) => {
        const paused = [...store.paused];
        store.paused.clear();
        const claims = sound.claim(...given);
        for (const name of paused) store.paused.add(name);
        return claims;
      },
    }),
  },
  {
    name: "a claim that does not tell of lapsed leases",
    violation: /sent twice/,
    poller: (sound) => ({
      ...sound,
      claim: async (...given) => (await sound.claim(...given)).map((claim) => ({ ...claim, lapsed: false })),
    }),
  },
  {
    name: "a dispatch that deletes a change it did not see",
    violation: /changes got lost in dispatch/,
    poller: (sound, store) => ({
      ...sound,
      dispatch: (...given) => {
        const newest = [...store.changes.keys()].at(-1);
        if (newest !== undefined && store.changes.size > 1) store.changes.delete(newest);
        return sound.dispatch(...given);
      },
    }),
  },
  {
    name: "a dispatch by strategies that are out of date",
    violation: /changes got lost in dispatch/,
    poller: (sound) => ({
      ...sound,
      dispatch: (limit, route, signal) => sound.dispatch(limit, (changes) => route(changes, undefined), signal),
    }),
  },
  {
    name: "a backfill that is dropped where its strategy is not known",
    violation: /changes got lost in dispatch/,
    poller: (sound, { strategies }) => ({
      ...sound,
      dispatch: (limit, route, signal) =>
        sound.dispatch(
          limit,
          (...given) => {
            const routing = route(...given);
            return (
              routing && { ...routing, deliveries: routing.deliveries.filter((each) => strategies.has(each.strategy)) }
            );
          },
          signal,
        ),
    }),
  },
  {
    name: "a strategy that has gone and loses what it owes",
    violation: /its last change was never sent/,
    poller: (sound, { strategies, deliveries }) => ({
      ...sound,
      claim: (...given) => {
        for (const [place, { strategy }] of deliveries) if (!strategies.has(strategy)) deliveries.delete(place);
        return sound.claim(...given);
      },
    }),
  },
  {
    name: "a dispatch that forgets the quiet window",
    violation: /called before it was quiet/,
    poller: (sound) => ({
      ...sound,
      dispatch: (limit, route, signal) =>
        sound.dispatch(
          limit,
          (...given) => {
            const routing = route(...given);
            return routing && { ...routing, deliveries: routing.deliveries.map(({ debounce: _, ...rest }) => rest) };
          },
          signal,
        ),
    }),
  },
  {
    name: "a read that returns what it returned before",
    violation: /stale or never committed/,
    queryRunner: (sound) => {
      const kept = new Map<string, Promise<readonly QueryResult[]>>();
      return {
        run: (statements, ...rest) => {
          const asked = JSON.stringify(statements);
          const found = kept.get(asked) ?? sound.run(statements, ...rest);
          kept.set(asked, found);
          return found;
        },
      };
    },
  },
  {
    name: "an uncertain end told as a certain one",
    violation: /sent twice/,
    invoker: (sound) => ({
      ...sound,
      invoke: async (call, context) => {
        const outcome = await sound.invoke(call, context);
        if (outcome.status !== "failed") return outcome;
        return { status: "failed", failure: { ...outcome.failure, effect: "no" } };
      },
    }),
  },
  {
    name: "a delivery id of the key alone",
    violation: /an id with another content/,
    invoker: (sound) =>
      identifying(sound, ({ strategy, items }, index) => `${strategy} ${JSON.stringify(items[index]?.key)}`),
  },
  {
    name: "another delivery id at each attempt",
    violation: /a content with another id/,
    invoker: (sound) => {
      let calls = 0;
      return identifying(sound, ({ items }, index) => `${items[index]?.deliveryId} ${++calls}`);
    },
  },
  {
    name: "a circuit that never opens",
    violation: /called while the lane was shut/,
    break: () => replace(CircuitBreaker.prototype, "state", () => "closed"),
  },
  {
    name: "a circuit that lets more than a probe through",
    violation: /more than one probe/,
    break: () => {
      const { state } = CircuitBreaker.prototype;
      return replace(CircuitBreaker.prototype, "state", function (this: CircuitBreaker, now) {
        return state.call(this, now) === "open" ? "open" : "closed";
      });
    },
  },
  {
    name: "an outage that is charged to its items",
    violation: /an attempt too many was counted/,
    break: () => replace(OutageDetector.prototype, "failed", () => "item"),
  },
  {
    name: "an outage that nobody takes for one",
    violation: /called while the lane was shut/,
    break: () => replace(OutageDetector.prototype, "failed", () => "unclear"),
  },
  {
    name: "a rate that limits nothing",
    violation: /more calls than its rate/,
    break: () => replace(RateLimiter.prototype, "waitMs", () => 0),
  },
  {
    name: "a downstream without a limit",
    violation: /more calls than the downstream's concurrency/,
    break: () => replace(Downstream.prototype, "waitMs", () => 0),
  },
  {
    name: "a call without a look at its lease",
    violation: /called (after the|without a) lease/,
    break: () => {
      const { take } = LeaseKeeper.prototype;
      return replace(LeaseKeeper.prototype, "take", function (this: LeaseKeeper, claim, claimedAt, owner) {
        const delivery = take.call(this, claim, claimedAt, owner);
        delivery.leaseUntil = Number.POSITIVE_INFINITY;
        return delivery;
      });
    },
  },
  {
    name: "a stop that leaves its last settlements",
    violation: /stopped with a lease in hand/,
    break: () => replace(Settler.prototype, "flush", async () => 0),
  },
  {
    name: "a stop that leaves the heartbeat",
    violation: /left \d+ timers/,
    break: () => replace(LeaseKeeper.prototype, "close", () => {}),
  },
  {
    name: "a drain that does not wait",
    violation: /drained with/,
    break: () => replace(Engine.prototype, "drain", async () => {}),
  },
];

const outage = { kind: "unavailable", code: "planted", message: "planted", effect: "no" } as const;

function settling(sound: Poller, change: (settlement: Settlement) => Settlement): Poller {
  return { ...sound, settle: (settlements) => sound.settle(settlements.map(change)) };
}

/** Breaks what the engine decides, and not what the database makes of it. */
function judging(change: (settlement: Settlement) => Settlement): () => void {
  const { add } = Settler.prototype;
  return replace(Settler.prototype, "add", function (this: Settler, settlement) {
    add.call(this, change(settlement));
  });
}

function identifying(sound: SyncInvoker, idOf: (call: SyncCall, index: number) => string): SyncInvoker {
  return {
    ...sound,
    invoke: (call, context) => {
      const items = call.items.map((item, index) => ({ ...item, deliveryId: idOf(call, index) }));
      return sound.invoke({ ...call, items }, context);
    },
  };
}

/** Returns how to put the sound method back. */
function replace<Part, Name extends keyof Part>(part: Part, name: Name, by: Part[Name]): () => void {
  const sound = part[name];
  part[name] = by;
  return () => {
    part[name] = sound;
  };
}
