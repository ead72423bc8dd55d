import type { Failure, Outcome, SyncCall, SyncInvoker, Transport } from "@syncline/core/spi";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import type { Fate } from "./climate.ts";
import type { Destination, Flight } from "./destination.ts";
import { deadlineCode, type PaceBooks, type PacedCall } from "./pace-books.ts";
import type { PlaceBooks } from "./place-books.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { isAwake, type SimulatedWorker } from "./simulated-worker.ts";
import { maxAttempts } from "./strategies.ts";
import type { Trace } from "./trace.ts";
import { depotLimits, tuning } from "./tuning.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface DownstreamParts {
  readonly name: string;
  readonly destination: Destination;
  readonly books: PlaceBooks;
  readonly pace: PaceBooks;
  readonly worker: SimulatedWorker;
  readonly time: VirtualTime;
  readonly storeNow: () => number;
  /** What becomes of the next call. */
  readonly fate: () => Fate | undefined;
  readonly latencyMs: () => number;
  readonly asks: boolean;
  readonly random: Random;
  readonly trace: Trace;
  readonly bug: PlantedBug | undefined;
}

export function simulatedTransport(parts: DownstreamParts): Transport {
  const sound: SyncInvoker = {
    invoke: (call, { signal }) => invoke(parts, call, signal),
    ...(parts.asks ? { check: ({ signal }) => check(parts, signal) } : {}),
  };
  return {
    specVersion: 1,
    name: "simulated",
    capabilities: { batch: true, perItemOutcome: true, delete: true },
    ...(parts.name === "depot" ? { limits: depotLimits } : {}),
    open: () => parts.bug?.invoker?.(sound) ?? sound,
  };
}

async function invoke(parts: DownstreamParts, call: SyncCall, signal: AbortSignal): Promise<Outcome> {
  const { destination, pace, worker, time, random } = parts;
  const flight = destination.begin(worker, call);
  const paced = pace.begin(worker, call);
  const fate = parts.fate();
  const end = () => {
    destination.end(flight);
    pace.end(paced);
  };
  // The engine waits for an ended call no more, whatever the transport does.
  signal.addEventListener("abort", end);
  try {
    // A worker that freezes here sends when it wakes, late.
    if (random.chance(0.3)) await time.sleep(random.next() * 5, worker.owner);
    const outcome = signal.aborted
      ? failed("cancelled", "no")
      : await Promise.race([send(parts, flight, fate), aborted(parts, flight, paced, fate, signal)]);
    const mustCount = pace.answered(worker, call, paced, outcome);
    book(parts, flight, outcome, mustCount);
    return outcome;
  } catch (error) {
    pace.unclear(call, paced);
    countAll(parts, flight);
    throw error;
  } finally {
    end();
  }
}

/** What the downstream does with a call: goes on also when nobody waits for the answer any more. */
async function send(parts: DownstreamParts, flight: Flight, fate: Fate | undefined): Promise<Outcome> {
  const { destination, worker, time, random, trace } = parts;
  await time.sleep(1 + random.next() * parts.latencyMs(), time.world);
  if (fate !== undefined) trace.fault(fate, `${worker.name} ${flight.call.strategy}`);
  const outcome = happen(parts, flight, fate);
  if (outcome === "never") return new Promise(() => {});
  if (outcome === "thrown") {
    await time.sleep(random.next() * 5, worker.owner);
    throw new Error("a bug of the transport");
  }
  if (outcome.status === "accepted") for (const item of flight.call.items) destination.apply(flight, item);
  await time.sleep(random.next() * 5, worker.owner);
  return outcome;
}

function happen(parts: DownstreamParts, flight: Flight, fate: Fate | undefined): Outcome | "never" | "thrown" {
  const { random, destination } = parts;
  const { items } = flight.call;
  const land = () => {
    for (const item of items) destination.apply(flight, item);
  };
  switch (fate) {
    case undefined:
      return { status: "accepted" };
    case "hangs":
    case "ignores its signal":
      if (random.chance(0.4)) land();
      return "never";
    case "throws":
      if (random.chance(0.4)) land();
      return "thrown";
    case "tells nonsense":
      if (random.chance(0.4)) land();
      return { status: "partial", failures: [{ index: items.length, failure: failure("rejected", "no") }] };
    case "partial":
    case "unsendable":
      return items.length === 1 ? failed("transient", "no") : acceptSome(parts, flight, fate);
    case "rejected":
    case "too-large":
      return failed(fate, random.chance(0.2) ? "maybe" : "no");
    default: {
      const landed = random.chance(0.4);
      if (landed) land();
      const wish = wishful.has(fate) && random.chance(0.5) ? { retryAfterMs: random.pick(wishes) } : {};
      const effect = landed || random.chance(0.2) ? "maybe" : "no";
      return { status: "failed", failure: { ...failure(fate, effect), ...wish } };
    }
  }
}

const wishes = [20, 100, tuning.maxRetryAfterMs, 31_536_000_000];
const wishful: ReadonlySet<Fate> = new Set(["throttled", "unavailable", "transient"]);

function acceptSome(
  { random, destination }: DownstreamParts,
  flight: Flight,
  status: "partial" | "unsendable",
): Outcome {
  const { items } = flight.call;
  const bad = random.integer(0, items.length - 1);
  const taken = status === "partial" ? items.filter((_, index) => index !== bad) : [];
  for (const item of taken) destination.apply(flight, item);
  const kind = random.pick(["transient", "rejected", "unavailable"] as const);
  return { status, failures: [{ index: bad, failure: failure(kind, "no") }] };
}

/** A good transport ends soon after its signal; a bad one answers when nobody asks any more. */
async function aborted(
  parts: DownstreamParts,
  flight: Flight,
  paced: PacedCall,
  fate: Fate | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const { time, worker, random, pace } = parts;
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  if (fate === "ignores its signal") {
    // The worker gives it up long before its answer.
    pace.unclear(flight.call, paced);
    countAll(parts, flight);
    await time.sleep(2_000, worker.owner);
  }
  const isDeadline = signal.reason instanceof Error && signal.reason.message === "deadline";
  // At its deadline the engine may find that the item itself is to blame.
  if (isDeadline) countAll(parts, flight);
  if (isDeadline) return { status: "failed", failure: { ...failure("unavailable", "maybe"), code: deadlineCode } };
  return failed(random.chance(0.5) ? "unavailable" : "cancelled", "maybe");
}

/** Writes down what the worker has now been told of each item. */
function book(parts: DownstreamParts, flight: Flight, outcome: Outcome, mustCount: boolean): void {
  const { destination, books, storeNow, worker } = parts;
  const listed = new Map(
    outcome.status === "partial" || outcome.status === "unsendable"
      ? outcome.failures.map(({ index, failure: each }) => [index, each])
      : [],
  );
  if (outcome.status === "accepted") return;
  if (listed.has(flight.call.items.length)) {
    countAll(parts, flight);
    return;
  }
  flight.deliveries.forEach((row, index) => {
    const own = outcome.status === "failed" ? outcome.failure : listed.get(index);
    if (row === undefined) return;
    if (outcome.status === "unsendable" || own?.effect === "no") destination.unspend(flight, index);
    if (own === undefined) return;
    const life = books.life(row.id);
    const { kind } = own;
    const retryAfterMs = Math.min(own.retryAfterMs ?? 0, tuning.maxRetryAfterMs);
    const counts =
      kind === "transient" || kind === "rejected" || kind === "too-large" || outcome.status === "unsendable";
    const isPresumed = kind === "unavailable" || kind === "unauthorized" || kind === "misconfigured";
    if (counts || (isPresumed && life.hasFailed)) life.mayCount += 1;
    life.hasFailed = true;
    if (!isAwake(worker, flight.freezesThen)) return;
    // A last attempt is not spent on a failure that may be the first of an outage.
    if (kind === "transient" && mustCount && row.attempts + 1 < maxAttempts) life.counts += 1;
    life.wish = Math.max(life.wish, storeNow() + retryAfterMs - 1);
  });
}

function countAll({ books }: DownstreamParts, { deliveries }: Flight): void {
  for (const row of deliveries) {
    if (row === undefined) continue;
    const life = books.life(row.id);
    life.mayCount += 1;
    life.hasFailed = true;
  }
}

async function check(parts: DownstreamParts, signal: AbortSignal): Promise<Failure | undefined> {
  const { time, random, worker, trace } = parts;
  const fate = parts.fate();
  await time.sleep(random.next() * 20, worker.owner);
  if (fate === undefined) return undefined;
  trace.fault(`check: ${fate}`, worker.name);
  if (fate === "throws") throw new Error("a bug of the transport");
  if (fate === "hangs") {
    await new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener("abort", resolve);
    });
    return undefined;
  }
  return random.chance(0.5) ? failure(random.pick(["unavailable", "throttled", "unauthorized"]), "no") : undefined;
}

function failed(kind: Failure["kind"], effect: Failure["effect"]): Outcome {
  return { status: "failed", failure: failure(kind, effect) };
}

function failure(kind: Failure["kind"], effect: Failure["effect"]): Failure {
  return { kind, code: `simulated.${kind}`, message: "A simulated failure.", effect };
}
