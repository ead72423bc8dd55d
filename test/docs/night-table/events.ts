import type { PipelineEvent, PipelineEvents } from "@syncline/core";
import { type Failure, SynclineError } from "@syncline/core/spi";
import { logEvents } from "../../../packages/core/src/container/log-events.ts";
import { EventHub } from "../../../packages/core/src/engine/events.ts";
import type { Row } from "./row.ts";

const failure: Failure = { kind: "unavailable", code: "net.ECONNREFUSED", message: "refused", effect: "no" };
const backlog = { strategy: "crm", pending: 4, leased: 0, dead: 1, held: 0, oldestAgeMs: 9e6, key: "{}" };
const change = { id: "1", category: "order", condition: "{}", operation: "upsert", recordedAt: 0, strategy: null };

/** An example of each event: a new one does not compile without. */
const examples: { readonly [Event in PipelineEvent]: PipelineEvents[Event] } = {
  started: { strategies: ["crm"] },
  stopped: { released: 0, unsettled: 0 },
  dispatched: { taken: 1, inserted: 1, folded: 0 },
  refused: { changes: [{ change, reason: "no category" }] },
  unwanted: { category: "order", changes: 1 },
  delivered: { strategy: "crm", operation: "upsert", items: [] },
  shadowed: { strategy: "crm-next", operation: "upsert", items: [] },
  absent: { strategy: "crm", keys: [] },
  retried: { strategy: "crm", key: "{}", attempt: 1, delayMs: 1, failure },
  released: { strategy: "crm", count: 1, reason: "unavailable" },
  dependencyMissing: { strategy: "crm", failure: { ...failure, kind: "dependency" }, forMs: 60_000 },
  dead: { strategy: "crm", key: "{}", failure },
  held: { strategy: "crm", key: "{}", failure },
  late: { strategy: "crm", key: "{}" },
  circuitOpened: { strategy: "crm", failure, forMs: 1, again: false },
  circuitClosed: { strategy: "crm" },
  downstreamSuspended: { downstream: "crm", failure: { ...failure, kind: "unauthorized" }, forMs: 1, again: false },
  downstreamResumed: { downstream: "crm" },
  strategiesLoaded: { strategies: ["crm"], revision: "1" },
  strategyInvalid: { name: "crm", source: "x", problems: [] },
  categoryInvalid: { name: "order", source: "x", problems: [] },
  windowClosed: { strategies: ["crm"], opensAt: "2026-01-01T22:00:00.000Z" },
  windowOpened: { strategies: ["crm"] },
  stranded: { strategies: [backlog] },
  strandedCleared: { strategies: ["crm"] },
  stalled: { error: new Error("away") },
  resumed: { afterMs: 1 },
  dispatchBlocked: { forMs: 1, sessions: [] },
  dispatchResumed: { afterMs: 1 },
  surplusRights: { rights: [] },
  fault: { part: "downstream crm", member: "invoke", code: "fault.invoke", error: new Error("no") },
  faultCleared: { part: "downstream crm", member: "invoke" },
  error: { during: "settle", error: new Error("no") },
};

/** Further examples, of events that the log tells in more than one way. */
const further: { readonly [Event in PipelineEvent]?: readonly PipelineEvents[Event][] } = {
  strategyInvalid: [{ name: "crm", source: "x", problems: [], kept: true }],
  circuitOpened: [{ strategy: "crm", failure: { ...failure, kind: "misconfigured" }, forMs: 1, again: false }],
  stalled: [{ error: new SynclineError("database.unavailable", "login refused", { needsPerson: true }) }],
};

type Told = Omit<Row, "log">;

const none = { health: "–", status: "–", todo: "nothing" };

/** What each says to somebody who is on duty. What its log line is, is asked of the log. */
const meanings: { readonly [Event in PipelineEvent]: Told } = {
  started: { ...none, happened: "the pipeline runs", does: "polls", health: "`ready` after the first poll" },
  stopped: {
    happened: "the pipeline was stopped",
    does: "what was not sent is put back at once",
    health: "`live: false`",
    status: "`leased`: what is `unsettled`",
    todo: "nothing: what is `unsettled` goes out again when its lease has ended",
  },
  dispatched: {
    ...none,
    happened: "changes were taken",
    does: "folds them, one delivery a key",
    status: "`changes` falls",
  },
  refused: {
    happened: "changes fit no category of this worker",
    does: "keeps them apart; a worker that knows the category takes them up",
    health: "–",
    status: "`refused`",
    todo: "start workers that know the category; the reason is in `syncline.refused`",
  },
  unwanted: {
    happened: "no strategy wants changes of a category: the last one was removed, or none was there yet",
    does: "drops them, as it does with whatever nobody wants; told once, until strategies change",
    health: "–",
    status: "–",
    todo: "nothing; or a strategy, and a backfill. Who wants keys kept for later disables a strategy, and does not remove it",
  },
  delivered: { ...none, happened: "a call was accepted", does: "deletes the deliveries" },
  shadowed: { ...none, happened: "a shadow would have made a call", does: "deletes the deliveries; nothing is sent" },
  absent: { ...none, happened: 'keys without a row, `whenAbsent: "skip"`', does: "tells the downstream nothing" },
  retried: {
    ...none,
    happened: "an item failed, and has attempts left",
    does: "tries it again later: after 1 s at first, up to 5 min (`retry`)",
    status: "`waiting`",
  },
  released: {
    ...none,
    happened: "items were put back, unmarked: an outage, a closed window, a stop",
    does: "sends them when the lane goes on",
    status: "`waiting`, then `due`",
  },
  dependencyMissing: {
    happened: "items of a strategy have waited for a minute for what they point to",
    does: "tries them again, ever more seldom, and once the downstream accepts something of another category; the others go on",
    health: "`strategy <name>`, the failure's code",
    status: "`waiting`",
    todo: "see whether the strategy of what they point to delivers: is it paused, waiting, or are such rows left out?",
  },
  dead: {
    happened: "an item was rejected, or had its last attempt",
    does: "keeps its key and its failure; the next change of the key revives it",
    health: "–",
    status: "`dead`",
    todo: "mend what the failure's code names, then `deadLetters.requeue`, or `discard`",
  },
  held: {
    happened: "a call of an `idempotent: false` strategy may have landed",
    does: "sends it never again by itself",
    health: "–",
    status: "`held`",
    todo: "look into the downstream, then `deadLetters.requeue` or `discard`",
  },
  late: {
    ...none,
    happened: "a lease ended before the work on it",
    does: "another worker delivers the key; this one's end is not written",
    todo: "if it comes often: this process or its database hangs; a larger `tuning.leaseMs`",
  },
  circuitOpened: {
    happened: "a strategy waits: an outage, or it was asked to. See the kind of its failure",
    does: "probes until one call passes, ever more seldom. The log tells of a probe that fails only if it fails in another kind",
    health: "`strategy <name>`, the failure's code",
    status: "`due`, `waiting` grow",
    todo: "as the kind and the code say",
  },
  circuitClosed: { ...none, happened: "a probe passed", does: "delivers what waits" },
  downstreamSuspended: {
    happened: "a downstream refuses our credentials",
    does: "holds all its strategies; probes after 1 s and then up to each minute. Is one of them answered well, only those that are refused wait (`circuitOpened`)",
    health: "`downstream <name>`, the failure's code",
    status: "`due`, `waiting` grow",
    todo: "give it valid credentials",
  },
  downstreamResumed: { ...none, happened: "a probe passed", does: "delivers what waits" },
  strategiesLoaded: {
    ...none,
    happened: "other strategies are in force; `disabled` names those that are switched off",
    does: "works by them; keeps the keys of what is disabled",
    status: "`disabled: true`, `due` grows",
    todo: "nothing, if that is meant; otherwise `enabled = true` in its row",
  },
  strategyInvalid: {
    happened: "a row of the strategy table, or a file, cannot work",
    does: "keeps its keys; nothing is delivered; all others go on. One of a file goes on as it was, if this worker had it in force",
    health: "`strategy <name>`, `strategy.invalid`",
    status: "`due` grows",
    todo: "mend each of the problems; it is read again by itself",
  },
  categoryInvalid: {
    happened: "a category of a file or table is not in order, or contradicts one of its name",
    does: "goes by the one that was there first: code, files, table",
    health: "`category <name>`, `category.invalid`",
    status: "–",
    todo: "mend each of the problems; it is read again by itself",
  },
  windowClosed: {
    ...none,
    happened: "the delivery window of these strategies is over, until `opensAt`",
    does: "claims nothing for them; calls under way end, changes are dispatched and fold",
    status: "`due` grows",
    todo: "nothing; without `opensAt` it never opens again: mend the `window`",
  },
  windowOpened: { ...none, happened: "it is open again", does: "delivers what waits" },
  stranded: {
    happened: "a strategy with deliveries was renamed or removed, or all workers that have it are stopped",
    does: "keeps all of it, delivers nothing",
    health: "`strategy <name>`, `strategy.stranded`",
    status: "`stranded: true`",
    todo: "[move or discard it](#a-strategy-was-renamed-or-removed), or start a worker that has it",
  },
  strandedCleared: { ...none, happened: "a worker has it again, or nothing is left", does: "–" },
  stalled: {
    happened: "the database cannot be polled: it is away, or refuses",
    does: "tries again, after 250 ms and then up to each 30 s, also from a start on; told again when the reason is another",
    health: "`database`, its code; `ready: false`",
    status: "fails with the same code",
    todo: "as the code says, below",
  },
  resumed: { ...none, happened: "it can be polled again", does: "delivers what waits", health: "`ready: true`" },
  dispatchBlocked: {
    happened: "somebody holds a lock that dispatches need",
    does: "waits; what is dispatched already goes out",
    health: "`dispatch`, `dispatch.blocked`, with who it is",
    status: "`changes` grows",
    todo: "[end that session](#dispatch-is-blocked)",
  },
  dispatchResumed: { ...none, happened: "the lock is free", does: "dispatches what waits" },
  surplusRights: {
    ...none,
    happened: "the login that strategies are read with may do more than read",
    does: "only tells",
    todo: "take the rights away, as `reviewRights()` says",
  },
  fault: {
    happened: "code that is not Syncline's threw, hung or answered nonsense",
    does: "goes on around it",
    health: "its part, `fault.<member>`",
    status: "–",
    todo: "report it to whose bug the line says it is",
  },
  faultCleared: { ...none, happened: "it does what it owes again", does: "–" },
  error: {
    ...none,
    happened: "something beside the calls failed: a settlement, a renewal, a load of strategies",
    does: "tries it again; the log has it once a minute",
    todo: "as the error's code says, below",
  },
};

export const eventRows: readonly Row[] = Object.entries(meanings).map(([event, told]) => {
  return { ...told, happened: `\`${event}\`: ${told.happened}`, log: logOf(event as PipelineEvent) };
});

function logOf(event: PipelineEvent): string {
  const lines: string[] = [];
  const write = (level: string) => (_: object, line?: string) =>
    void lines.push(`${level}: \`${shortened(line ?? "")}\``);
  const log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const hub = new EventHub(() => {});
  logEvents(hub, log);
  // What ends is told where its beginning was.
  if (event === "faultCleared") hub.emit("fault", examples.fault);
  lines.length = 0;
  hub.emit(event, examples[event]);
  for (const example of further[event] ?? []) hub.emit(event, example);
  return lines.join("; ") || "–";
}

function shortened(given: string): string {
  const line = given.replaceAll("`", "");
  return line.length <= 80 ? line : `${line.slice(0, 80).replace(/\s\S*$/, "")} …`;
}
