import type { Failure, Outcome, SyncCall, SyncInvoker, SyncItem, Transport } from "@syncline/core/spi";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import type { SimulatedWorker, Weather } from "./faulty-database.ts";
import type { Trace } from "./trace.ts";

/** What one strategy's destination knows: shared by all workers. */
export class Destination {
  /** By key: the content applied last. */
  readonly state = new Map<string, string>();
  /** By key: the revisions applied. */
  readonly applied = new Map<string, Set<bigint>>();
  /** By key: failures answered that count against it. */
  readonly counted = new Map<string, number>();
  readonly #newest = new Map<string, bigint>();
  readonly #inFlight = new Set<string>();
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  begin(call: SyncCall, worker: string): void {
    for (const item of call.items) {
      const place = placeOf(call, item);
      this.#trace.add(`${worker} call ${place} revision ${item.revision}`);
      if (this.#inFlight.has(place)) this.#trace.violate(`two calls at once: ${place}`);
      this.#inFlight.add(place);
    }
  }

  end(call: SyncCall): void {
    for (const item of call.items) this.#inFlight.delete(placeOf(call, item));
  }

  apply(call: SyncCall, item: SyncItem): void {
    const place = placeOf(call, item);
    const revision = BigInt(item.revision);
    if (revision < (this.#newest.get(place) ?? 0n)) this.#trace.violate(`revision went backwards: ${place}`);
    this.#newest.set(place, revision);
    this.state.set(place, item.json);
    this.applied.set(place, (this.applied.get(place) ?? new Set()).add(revision));
  }

  count(call: SyncCall, item: SyncItem): void {
    const place = placeOf(call, item);
    this.counted.set(place, (this.counted.get(place) ?? 0) + 1);
  }
}

function placeOf(call: SyncCall, { key }: SyncItem): string {
  return `${call.strategy} ${JSON.stringify(key)}`;
}

export interface DownstreamParts {
  readonly destination: Destination;
  readonly worker: SimulatedWorker;
  readonly weather: Weather;
  readonly random: Random;
  readonly trace: Trace;
}

export function simulatedTransport(parts: DownstreamParts): Transport {
  return {
    specVersion: 1,
    name: "simulated",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    open: (): SyncInvoker => ({ invoke: (call, { signal }) => invoke(parts, call, signal) }),
  };
}

const kinds = [
  "unavailable",
  "transient",
  "throttled",
  "rejected",
  "too-large",
  "unauthorized",
  "misconfigured",
] as const;

async function invoke(parts: DownstreamParts, call: SyncCall, signal: AbortSignal): Promise<Outcome> {
  const { destination, worker, weather, random, trace } = parts;
  destination.begin(call, worker.name);
  try {
    const fate = weather.stormy ? random.next() : 1;
    const patience = fate < 0.04 ? 3_600_000 : random.integer(1, 60);
    if (fate < 0.04) trace.fault("call hangs");
    if (!(await rest(patience, signal))) return { status: "failed", failure: failure("unavailable", "maybe") };
    if (fate < 0.2) return refuse(parts, call);
    if (fate < 0.22) {
      trace.fault("transport throws");
      for (const item of call.items) destination.count(call, item);
      throw new Error("a bug of the transport");
    }
    if (fate < 0.3 && call.items.length > 1) return acceptSome(parts, call);
    for (const item of call.items) destination.apply(call, item);
    return { status: "accepted" };
  } finally {
    destination.end(call);
  }
}

function refuse({ destination, random, trace }: DownstreamParts, call: SyncCall): Outcome {
  const kind = random.pick(kinds);
  const landed = kind !== "rejected" && kind !== "too-large" && random.chance(0.4);
  trace.fault(`${kind}${landed ? " after it landed" : ""}`);
  if (kind === "transient" || kind === "rejected" || kind === "too-large")
    for (const item of call.items) destination.count(call, item);
  if (landed) for (const item of call.items) destination.apply(call, item);
  return { status: "failed", failure: failure(kind, landed ? "maybe" : "no") };
}

function acceptSome({ destination, random, trace }: DownstreamParts, call: SyncCall): Outcome {
  const status = random.pick(["partial", "unsendable"] as const);
  trace.fault(status);
  const bad = random.integer(0, call.items.length - 1);
  call.items.forEach((item, index) => {
    if (index === bad) destination.count(call, item);
    else if (status === "partial") destination.apply(call, item);
  });
  return { status, failures: [{ index: bad, failure: failure("transient", "no") }] };
}

function failure(kind: Failure["kind"], effect: Failure["effect"]): Failure {
  return { kind, code: `simulated.${kind}`, message: "A simulated failure.", effect };
}

/** Returns whether the time passed before the signal fired. */
function rest(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
