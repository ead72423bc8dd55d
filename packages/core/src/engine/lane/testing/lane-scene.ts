import { testClaim, testStrategy } from "@syncline/testkit/makers";
import type { QueryLimits } from "../../../contracts/query-runner.ts";
import type { InvokeContext, SyncCall, SyncInvoker } from "../../../contracts/sync-invoker.ts";
import { category } from "../../../model/category.ts";
import type { Claim, Settlement } from "../../../model/delivery.ts";
import { SynclineError } from "../../../model/errors.ts";
import type { Failure, FailureKind, Outcome } from "../../../model/outcome.ts";
import type { Strategy, StrategyOptions } from "../../../model/strategy.ts";
import { Downstream, type DownstreamLimits } from "../../call/downstream.ts";
import { ShadowSamples } from "../../call/shadow.ts";
import { EventHub, type PipelineEvent, type PipelineEvents } from "../../events.ts";
import { Faults } from "../../guard/faults.ts";
import type { WindowGate } from "../../poll/window-gate.ts";
import { ReadBudget } from "../../read/read-budget.ts";
import { ReadPlans } from "../../read/read-plans.ts";
import { LeaseKeeper } from "../../settle/leases.ts";
import { defaultTuning, type Tuning } from "../../tuning.ts";
import { LaneRunner } from "../lane-runner.ts";
import type { EngineEffect } from "../lane-steps.ts";

export const kib = 1024;
export const mib = 1024 * kib;
const thing = category("thing", { id: "integer" });

export interface LaneSetting {
  readonly options?: Partial<StrategyOptions> & { readonly map?: Strategy["map"] };
  /** What a call with these ids comes to; what it throws, the transport throws. */
  readonly answer?: (ids: readonly number[], call: SyncCall, signal: AbortSignal) => Outcome | Promise<Outcome>;
  readonly check?: SyncInvoker["check"];
  readonly limits?: DownstreamLimits;
  readonly name?: string;
  /** Another lane's, which it shares. */
  readonly downstream?: Downstream;
  /** Of each key's one row, by id. */
  readonly bytes?: (id: number) => number;
  readonly read?: (ids: readonly number[], signal: AbortSignal) => Promise<void>;
  readonly budget?: ReadBudget;
  readonly tuning?: Partial<Tuning>;
  readonly gates?: readonly WindowGate[];
}

/**
 * A lane with a database that knows nothing but how wide its rows are, and a downstream that
 * answers as it is told.
 */
export function laneScene({
  options = {},
  answer = () => ({ status: "accepted" }),
  check,
  limits = {},
  bytes = () => 10,
  read = async () => {},
  ...more
}: LaneSetting = {}) {
  const tuning = { ...defaultTuning, ...more.tuning };
  const { maxItemBytes } = tuning;
  const budget = more.budget ?? new ReadBudget({ bufferBytes: mib, maxItemBytes, lanes: () => 1 });
  const strategy = testStrategy({ name: more.name ?? "s", category: thing, ...options });
  const clock = { now: 0 };
  const now = () => clock.now;
  const events = new EventHub(() => {});
  const seen: PipelineEvent[] = [];
  const faults: PipelineEvents["fault"][] = [];
  events.on("fault", (fault) => faults.push(fault));
  events.on("delivered", () => {});
  const calls: number[][] = [];
  const invoker: SyncInvoker = {
    invoke: async (call: SyncCall, { signal }: InvokeContext) => {
      const ids = call.items.map((item) => Number(item.key.id));
      calls.push(ids);
      return answer(ids, call, signal);
    },
    ...(check === undefined ? {} : { check }),
  };
  const downstream = more.downstream ?? new Downstream("d", invoker, limits, 0);
  const reads: { readonly ids: readonly number[]; readonly maxBytes: number }[] = [];
  const leases = new LeaseKeeper({ poller: {} as never, leaseMs: tuning.leaseMs, now, onError: () => {} });
  const settled = new Map<number, Settlement>();
  const lost: { readonly id: number; readonly giveBack: boolean }[] = [];
  const asked: string[] = [];
  const perform = (effect: EngineEffect) => {
    if (effect.do === "settle") {
      const id = Number(effect.delivery.claim.id);
      if (settled.has(id)) throw new Error(`${id} was settled twice.`);
      settled.set(id, effect.settlement);
    } else if (effect.do === "lose") lost.push({ id: Number(effect.delivery.claim.id), giveBack: effect.giveBack });
    else if (effect.do === "ask-for-claims") asked.push(effect.why);
    else if (effect.do === "tell" && effect.event !== "released") seen.push(effect.event);
  };
  const lane = new LaneRunner({
    shadows: new ShadowSamples(),
    strategy,
    downstream,
    reader: readerOf(bytes, reads, read, now),
    budget,
    gates: more.gates ?? [],
    leases,
    tuning,
    events,
    faults: new Faults(events),
    now,
    random: () => 0.5,
    trace: () => ({}),
    perform,
  });
  const results = () => [...settled].sort(([a], [b]) => a - b).map(([id, { result }]) => [id, result] as const);
  /** Takes them, and waits until nothing is in hand. Returns how all so far have ended. */
  const deliver = async (claims: readonly Claim[], ageMs = 0) => {
    lane.accept(claims, clock.now - ageMs);
    await lane.whenIdle();
    return results();
  };
  return {
    lane,
    downstream,
    deliver,
    results,
    calls,
    settled,
    seen,
    faults,
    clock,
    reads,
    leases,
    lost,
    asked,
    budget,
  };
}

function readerOf(
  bytes: (id: number) => number,
  reads: { readonly ids: readonly number[]; readonly maxBytes: number }[],
  wait: (ids: readonly number[], signal: AbortSignal) => Promise<void>,
  now: () => number,
) {
  const composer = {
    check: () => [],
    compose: (_: unknown, conditions: readonly { readonly id?: unknown }[]) => ({
      mode: "set" as const,
      statements: [{ text: "", parameters: conditions.map(({ id }) => Number(id)) }],
    }),
  };
  const run = async (
    statements: readonly { readonly parameters: readonly unknown[] }[],
    { maxBytes = Number.NaN }: QueryLimits,
    signal: AbortSignal,
  ) => {
    const ids = (statements[0]?.parameters ?? []) as readonly number[];
    reads.push({ ids, maxBytes });
    await wait(ids, signal);
    const size = ids.reduce((sum, id) => sum + bytes(id), 0);
    if (!(size <= maxBytes)) throw new SynclineError("query.byte-limit", "too much");
    return [{ columns: ["#", "present", "v"], rows: ids.map((id, at) => [at, true, "x".repeat(bytes(id))]) }];
  };
  const own = { composer, runnerOf: () => ({ run }) };
  return { ...own, plans: new ReadPlans({ ...own, now }) };
}

export function claimOf(id: number, more: Partial<Claim> = {}): Claim {
  const { key } = thing.changed({ id });
  return testClaim({ id: String(id), strategy: "s", key, revision: "7", token: "t", ...more });
}

export const claims = (...ids: readonly number[]) => ids.map((id) => claimOf(id));
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export function failure(kind: FailureKind, more: Partial<Failure> = {}): Failure {
  return { kind, code: `test.${kind}`, message: kind, effect: "no", ...more };
}

export function failed(kind: FailureKind, more: Partial<Failure> = {}): Outcome {
  return { status: "failed", failure: failure(kind, more) };
}

/** Lets everything go on until nothing more happens by itself. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Holds what comes to it until it is let go. */
export function held<Value>() {
  const waiting: ((value: Value) => void)[] = [];
  return {
    wait: () => new Promise<Value>((resolve) => waiting.push(resolve)),
    release: (value: Value) => {
      for (const resolve of waiting.splice(0)) resolve(value);
    },
    get count() {
      return waiting.length;
    },
  };
}
