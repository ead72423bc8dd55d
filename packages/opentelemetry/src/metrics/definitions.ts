/** One metric. Names are OpenTelemetry's; Prometheus' follow from name, unit and kind. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** UCUM, as OpenTelemetry has it: `s`, `{delivery}`; `""` where there is none. */
  readonly unit: string;
  readonly description: string;
  /** Attributes, in the order in which values are given. */
  readonly attributes: readonly string[];
  /** Of a histogram. */
  readonly boundaries?: readonly number[];
}

const strategy = "syncline.strategy";
const downstream = "syncline.downstream";
const result = "syncline.result";
const state = "syncline.state";
/** A failure's kind: nine. Never its message, and no key. */
const errorType = "error.type";

/** From a call that takes milliseconds to one that takes its whole minute. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** From a quiet pipeline to a downstream that was away for a day. */
const latencies = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

function define(
  kind: MetricDefinition["kind"],
  name: string,
  unit: string,
  attributes: readonly string[],
  description: string,
  boundaries?: readonly number[],
): MetricDefinition {
  return { name, kind, unit, description, attributes, ...(boundaries === undefined ? {} : { boundaries }) };
}

/** What this process has done, since it began to be observed. */
export const work = {
  taken: define("counter", "syncline.changes.dispatched", "{change}", [], "Changes that dispatches took"),
  refused: define("counter", "syncline.changes.refused", "{change}", [], "Changes that fit no category, kept apart"),
  unwanted: define(
    "counter",
    "syncline.changes.unwanted",
    "{change}",
    [],
    "Changes dropped: no strategy wants them; counted when they are told",
  ),
  created: define("counter", "syncline.deliveries.created", "{delivery}", [], "Deliveries that dispatches made"),
  folded: define(
    "counter",
    "syncline.deliveries.folded",
    "{delivery}",
    [],
    "Deliveries that were waiting and took changes in",
  ),
  ended: define(
    "counter",
    "syncline.deliveries.ended",
    "{delivery}",
    [strategy, result, errorType],
    "How work on deliveries ended: accepted, absent, shadowed, retry, released, dead, held",
  ),
  latency: define(
    "histogram",
    "syncline.delivery.latency",
    "s",
    [strategy],
    "From recording a change, by the database's clock, to its acceptance, by this machine's",
    latencies,
  ),
  lost: define(
    "counter",
    "syncline.leases.lost",
    "{delivery}",
    [strategy],
    "Leases that were lost before the work on them ended",
  ),
  call: define(
    "histogram",
    "syncline.call.duration",
    "s",
    [strategy, downstream, result, errorType],
    "One attempt at a downstream: accepted, partial, unsendable, failed",
    durations,
  ),
  items: define(
    "histogram",
    "syncline.call.items",
    "{delivery}",
    [strategy],
    "Deliveries in one call, of strategies that send lists",
    sizes,
  ),
  read: define(
    "histogram",
    "syncline.read.duration",
    "s",
    [strategy, errorType],
    "Reading the current rows of some keys",
    durations,
  ),
  keys: define(
    "counter",
    "syncline.read.keys",
    "{key}",
    [strategy, result],
    "Keys read: found, absent, failed, deferred",
  ),
  database: define(
    "histogram",
    "syncline.database.duration",
    "s",
    ["syncline.operation"],
    "Syncline's own statements: dispatch, claim, settle",
    durations,
  ),
  opened: define(
    "counter",
    "syncline.circuit.opened",
    "{opening}",
    [strategy, errorType],
    "How often the circuit of a lane opened, failed probes included",
  ),
  errors: define(
    "counter",
    "syncline.errors",
    "{error}",
    ["syncline.operation"],
    "What failed beside calls and reads, and is tried again",
  ),
} as const satisfies { readonly [name: string]: MetricDefinition };

/** What this process knows of itself now. */
export const process = {
  ready: define("gauge", "syncline.worker.ready", "", [], "1: started, and its last poll of the database succeeded"),
  health: define(
    "gauge",
    "syncline.health",
    "",
    ["syncline.entity.type", "syncline.entity.name"],
    "0 ok, 1 paused, 2 warn: it mends itself, 3 error: see to it",
  ),
  problem: define(
    "gauge",
    "syncline.problem",
    "",
    ["syncline.entity.type", "syncline.entity.name", "syncline.code"],
    "1 while the problem lasts",
  ),
  circuit: define("gauge", "syncline.lane.circuit", "", [strategy, downstream], "0 closed, 1 half-open, 2 open"),
  lane: define(
    "gauge",
    "syncline.lane.deliveries",
    "{delivery}",
    [strategy, state],
    "In this worker's hands: reading, ready, sending",
  ),
  calls: define("gauge", "syncline.lane.calls", "{call}", [strategy], "Calls under way"),
} as const satisfies { readonly [name: string]: MetricDefinition };

/** What the database knows: the same from every worker, so take the maximum and not the sum. */
export const backlog = {
  read: define(
    "gauge",
    "syncline.backlog.readable",
    "",
    [],
    "1: the figures of the backlog could be read; 0: they could not, and are missing",
  ),
  age: define("gauge", "syncline.backlog.figures.age", "s", [], "How old the figures of the backlog are"),
  changes: define("gauge", "syncline.backlog.changes", "{change}", [], "Changes recorded and not yet dispatched"),
  oldestChange: define("gauge", "syncline.backlog.changes.oldest.age", "s", [], "Age of the oldest of them; 0: none"),
  refused: define(
    "gauge",
    "syncline.backlog.refused",
    "{change}",
    [],
    "Changes that fit no category and are kept apart",
  ),
  deliveries: define(
    "gauge",
    "syncline.backlog.deliveries",
    "{delivery}",
    [strategy, state],
    "Keys that are owed: due, blocked, waiting, leased, dead, held",
  ),
  oldest: define(
    "gauge",
    "syncline.backlog.oldest.age",
    "s",
    [strategy],
    "Since the oldest change recorded and not yet delivered; dead and held ones not counted; 0: none",
  ),
} as const satisfies { readonly [name: string]: MetricDefinition };

export const allMetrics: readonly MetricDefinition[] = [
  ...Object.values(work),
  ...Object.values(process),
  ...Object.values(backlog),
];
