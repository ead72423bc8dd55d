import { type Plugin, TOKENS } from "@syncline/core";
import type { Outcome, Poller, RoutedDelivery, Settlement, SyncCall, SyncInvoker } from "@syncline/core/spi";
import { ContainerModule, type ServiceIdentifier } from "inversify";
import pg from "pg";
import type { ViolationKind } from "../../packages/testkit/src/history/observation.ts";
import type { HistoryOptions } from "./run-history.ts";

/** What a promise forbids, done on purpose, and what the checker must call it. */
export interface PlantedBug {
  readonly name: string;
  readonly foundAs: ViolationKind;
  readonly options: HistoryOptions;
}

function wrapping<Part extends object>(token: ServiceIdentifier<Part>, change: (sound: Part) => Partial<Part>) {
  const plugin = (): Plugin => ({
    specVersion: 1,
    name: "planted-bug",
    module: new ContainerModule(({ onActivation }) => {
      onActivation(token, (_, sound) => overlaid(sound, change(sound)));
    }),
  });
  return { plugin };
}

/** The sound part, with some of its members replaced. A spread would lose the methods of a class. */
function overlaid<Part extends object>(sound: Part, changed: Partial<Part>): Part {
  return new Proxy(sound, {
    get(target, name) {
      const value = Reflect.get(name in changed ? changed : target, name) as unknown;
      return typeof value === "function" && !(name in changed) ? value.bind(target) : value;
    },
  });
}

const invoking = (invoke: (sound: SyncInvoker, ...given: Parameters<SyncInvoker["invoke"]>) => Promise<Outcome>) =>
  wrapping<SyncInvoker>(TOKENS.SyncInvoker, (sound) => ({ invoke: (call, context) => invoke(sound, call, context) }));

const settling = (change: (settlement: Settlement) => Settlement) =>
  wrapping<Poller>(TOKENS.Poller, (sound) => ({ settle: (settlements) => sound.settle(settlements.map(change)) }));

/** `change` gives what becomes of a delivery; undefined: it is lost. */
const routing = (change: (delivery: RoutedDelivery) => RoutedDelivery | undefined) =>
  wrapping<Poller>(TOKENS.Poller, (sound) => ({
    dispatch: (limit, route, signal) =>
      sound.dispatch(
        limit,
        (...given) => {
          const routed = route(...given);
          return routed && { ...routed, deliveries: routed.deliveries.flatMap((each) => change(each) ?? []) };
        },
        signal,
      ),
  }));

const withItems = (
  call: SyncCall,
  change: (item: SyncCall["items"][number]) => Partial<SyncCall["items"][number]>,
) => ({
  ...call,
  items: call.items.map((item) => ({ ...item, ...change(item) })),
});

function everyNth(n: number): () => boolean {
  let count = 0;
  return () => {
    count += 1;
    return count % n === 0;
  };
}

const isSeventh = everyNth(7);
const isFifth = everyNth(5);
const isTwentieth = everyNth(20);
let drawn = 0;
const kept = new Map<string, Partial<SyncCall["items"][number]>>();

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a failure that is taken for a success",
    foundAs: "not-equal",
    options: settling((each) => (each.result === "retry" ? { result: "accepted", claim: each.claim } : each)),
  },
  {
    name: "a batch whose items failed in part that is taken for a success",
    foundAs: "not-equal",
    options: invoking(async (sound, call, context) => {
      const outcome = await sound.invoke(call, context);
      return outcome.status === "partial" ? { status: "accepted" } : outcome;
    }),
  },
  {
    name: "a delivery that dispatch loses",
    foundAs: "not-delivered",
    options: routing((delivery) => (isSeventh() ? undefined : delivery)),
  },
  {
    name: "a quiet window that swallows",
    foundAs: "not-equal",
    options: routing((delivery) => (delivery.strategy === "quiet" && isFifth() ? undefined : delivery)),
  },
  {
    name: "changes that are folded though each is wanted",
    foundAs: "strict-incomplete",
    options: routing((delivery) => ({ ...delivery, ordinal: "0" })),
  },
  {
    name: "a call that is told as accepted while it is under way",
    foundAs: "overlap",
    options: invoking(async (sound, call, context) => {
      void sound.invoke(call, context).catch(() => {});
      return { status: "accepted" };
    }),
  },
  {
    name: "a dead letter without a reason",
    foundAs: "unjustified-dead-letter",
    options: settling((each) =>
      each.result === "accepted" && isTwentieth()
        ? {
            result: "dead",
            claim: each.claim,
            failure: { kind: "rejected", code: "planted.bug", message: "", effect: "no" },
          }
        : each,
    ),
  },
  {
    name: "what may have landed is sent again",
    foundAs: "sent-again",
    options: settling((each) => (each.result === "held" ? { ...each, result: "retry", delayMs: 5 } : each)),
  },
  {
    name: "one id for all that a key ever has",
    foundAs: "id-reused",
    options: invoking((sound, call, context) =>
      sound.invoke(
        withItems(call, ({ key }) => ({ deliveryId: JSON.stringify(key) })),
        context,
      ),
    ),
  },
  {
    name: "a new id for each try",
    foundAs: "id-changed",
    options: invoking((sound, call, context) => {
      drawn += 1;
      return sound.invoke(
        withItems(call, ({ deliveryId }) => ({ deliveryId: `${deliveryId}.${drawn}` })),
        context,
      );
    }),
  },
  {
    name: "rows that were read before",
    foundAs: "not-equal",
    options: invoking((sound, call, context) =>
      sound.invoke(
        withItems(call, ({ key, body, json }) => {
          const place = `${call.strategy} ${call.operation} ${JSON.stringify(key)}`;
          const first = kept.get(place) ?? { body, json };
          kept.set(place, first);
          return first;
        }),
        context,
      ),
    ),
  },
  {
    name: "deletes that nobody hears of",
    foundAs: "not-equal",
    options: invoking(async (sound, call, context) =>
      call.operation === "delete" ? { status: "accepted" } : sound.invoke(call, context),
    ),
  },
  {
    name: "revisions that fall",
    foundAs: "backwards",
    options: invoking((sound, call, context) =>
      sound.invoke(
        withItems(call, ({ revision }) => ({ revision: String(1_000_000_000n - BigInt(revision)) })),
        context,
      ),
    ),
  },
  {
    name: "each call made twice at once",
    foundAs: "overlap",
    options: invoking(async (sound, call, context) => {
      const [first] = await Promise.all([sound.invoke(call, context), sound.invoke(call, context)]);
      return first;
    }),
  },
  {
    name: "a change recorded outside of its transaction",
    foundAs: "never-recorded",
    options: {
      record: (url, record) => async (_, changes) => {
        const client = new pg.Client(url);
        await client.connect();
        try {
          await client.query("BEGIN");
          await record(client, changes);
          await client.query("COMMIT");
        } finally {
          await client.end();
        }
      },
    },
  },
];
