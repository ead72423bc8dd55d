import {
  type BacklogStore,
  type Category,
  type Claim,
  category,
  type DispatchResult,
  type Lease,
  type Poller,
  parseCondition,
  type RecordedChange,
  type Route,
  type RoutedDelivery,
  type Settlement,
  type StrategyBacklog,
} from "@syncline/core/spi";
import { testDelivery } from "../makers/test-delivery.ts";
import { never, single } from "../suite/expectations.ts";
import type { DatabaseFixture } from "./fixture.ts";

/** The category of what the checks record. */
export const item: Category<"conformance.item", { readonly name: "string" }> = category("conformance.item", {
  name: "string",
});

export const strategyName = "conformance";

/** How changes are routed. Core does it like that, strategy by strategy. */
export interface Fold extends Partial<Omit<RoutedDelivery, "strategy" | "key" | "ordinal" | "changes">> {
  readonly strategy?: string;
  /** One delivery per change. */
  readonly strict?: boolean;
}

export function leaseOf(durationMs = 600_000): Lease {
  return { token: crypto.randomUUID(), durationMs };
}

export function keyOf(name: string): string {
  return item.changed({ name }).key;
}

export function nameOf({ key }: { readonly key: string }): string {
  return String((JSON.parse(key) as { readonly name: unknown }).name);
}

export function namesOf(list: readonly { readonly key: string }[]): readonly string[] {
  return list.map(nameOf);
}

export function accepted(claims: readonly Claim[]): readonly Settlement[] {
  return claims.map((claim) => ({ result: "accepted", claim }));
}

/** Routes every change to each of the folds, and keeps what it was shown. */
export function routeTo(...folds: readonly Fold[]): Route & { readonly seen: RecordedChange[] } {
  const seen: RecordedChange[] = [];
  const route: Route = (changes) => {
    seen.push(...changes);
    return { deliveries: folds.flatMap((fold) => foldChanges(changes, fold)), refused: [] };
  };
  return Object.assign(route, { seen });
}

function foldChanges(changes: readonly RecordedChange[], fold: Fold): readonly RoutedDelivery[] {
  const { strategy = strategyName, strict = false, ...rest } = fold;
  const folded = new Map<string, RoutedDelivery>();
  for (const change of changes) {
    const ordinal = strict ? change.id : "0";
    // A database may have spelled the condition anew. Core makes keys canonical in the same way.
    const key = canonicalKey(change);
    const place = `${ordinal} ${key}`;
    const before = folded.get(place);
    const delivery = testDelivery({
      strategy,
      key,
      ordinal,
      operation: change.operation === "delete" ? "delete" : "upsert",
      firstRecordedAt: Math.min(before?.firstRecordedAt ?? change.recordedAt, change.recordedAt),
      changes: (before?.changes ?? 0) + 1,
      traceparent: change.traceparent ?? before?.traceparent ?? null,
      ...rest,
    });
    folded.set(place, delivery);
  }
  return [...folded.values()];
}

function canonicalKey({ category: name, condition }: RecordedChange): string {
  const parsed = name === item.name ? parseCondition(item, condition) : undefined;
  return parsed?.ok ? parsed.key : condition;
}

/** A migrated fixture and the few moves that nearly every check makes. */
export interface Scene {
  readonly fixture: DatabaseFixture;
  readonly poller: Poller;
  readonly backlog: BacklogStore;
  /** Records changes of these names in a transaction of their own. */
  record(...names: readonly string[]): Promise<void>;
  dispatch(...folds: readonly Fold[]): Promise<DispatchResult>;
  /** Records and dispatches. */
  fold(names: readonly string[], ...folds: readonly Fold[]): Promise<DispatchResult>;
  claim(count?: number, lease?: Lease): Promise<readonly Claim[]>;
  claimStrict(count?: number): Promise<readonly Claim[]>;
  /** The one delivery that is due, leased. */
  claimOne(lease?: Lease): Promise<Claim>;
  /** The strategy's counts. */
  counts(): Promise<StrategyBacklog | undefined>;
}

export async function sceneOf(fixture: DatabaseFixture): Promise<Scene> {
  await fixture.session.migrate(never);
  const { poller, backlog } = fixture.session;
  const record = (...names: readonly string[]) =>
    inTransaction(fixture, (tx) =>
      fixture.adapter.recorder.record(
        tx,
        names.map((name) => item.changed({ name })),
      ),
    );
  const dispatch = (...folds: readonly Fold[]) =>
    poller.dispatch(10_000, routeTo(...(folds.length > 0 ? folds : [{}])), never);
  const claim = (count = 1_000, lease = leaseOf()) =>
    poller.claim([{ strategy: strategyName, count, strict: false }], lease, never);
  return {
    fixture,
    poller,
    backlog,
    record,
    dispatch,
    fold: async (names, ...folds) => {
      await record(...names);
      return dispatch(...folds);
    },
    claim,
    claimStrict: (count = 1_000) => poller.claim([{ strategy: strategyName, count, strict: true }], leaseOf(), never),
    claimOne: async (lease) => single(await claim(1_000, lease), "due deliveries"),
    counts: async () => (await backlog.status(never)).strategies.find(({ strategy }) => strategy === strategyName),
  };
}

export async function inTransaction(
  fixture: DatabaseFixture,
  work: (tx: unknown) => Promise<void>,
  end: "commit" | "rollback" = "commit",
): Promise<void> {
  const transaction = await fixture.begin();
  try {
    await work(transaction.tx);
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
  await transaction[end]();
}
