import type { Logger } from "../contracts/logger.ts";
import type { EventHub } from "../engine/events.ts";
import { policyOf } from "../engine/failure-policy.ts";
import { faultSentence } from "../engine/guard/faults.ts";
import type { KeyRedaction } from "../engine/guard/key-redaction.ts";
import type { RefusedChange } from "../model/change.ts";
import { isSynclineError } from "../model/errors.ts";
import { tellStranded } from "./tell-stranded.ts";

/** Tells the log what an operator should know. */
export function logEvents(events: EventHub, log: Logger, redaction?: KeyRedaction): void {
  const shown = <Event extends { readonly key: string }>(event: Event): Event =>
    redaction === undefined ? event : { ...event, key: redaction.key(event.key) };
  events.on("started", (event) => log.info(event, "started"));
  events.on("stopped", (event) => log.info(event, "stopped"));
  events.on("strategiesLoaded", (event) => log.info(event, "strategies loaded"));
  events.on("strategyInvalid", ({ kept, ...event }) => {
    const state = kept === true ? "it goes on as it was before" : "its keys go on collecting";
    log.error(event, `a strategy cannot work as it is written; ${state}`);
  });
  events.on("categoryInvalid", (event) => log.error(event, "a category is not in force as it is written"));
  events.on("windowClosed", (event) => log.info(event, "the delivery window is closed: nothing is claimed"));
  events.on("windowOpened", (event) => log.info(event, "the delivery window is open"));
  events.on("refused", ({ changes }) => {
    const first = changes[0];
    log.error(
      { count: changes.length, reason: reasonOf(first, redaction), id: first?.change.id },
      "changes fit no category; kept apart",
    );
  });
  events.on("unwanted", (event) =>
    log.warn(event, "no strategy wants changes of this category: they are recorded, and dropped"),
  );
  events.on("circuitOpened", ({ again, ...event }) => {
    if (!again) log[policyOf(event.failure).log](event, "circuit opened: the lane waits");
  });
  events.on("circuitClosed", (event) => log.info(event, "circuit closed: the lane goes on"));
  events.on("downstreamSuspended", ({ again, ...event }) => {
    if (!again) log[policyOf(event.failure).log](event, "downstream refuses our credentials; all its lanes wait");
  });
  events.on("downstreamResumed", (event) => log.info(event, "downstream takes our credentials again"));
  events.on("dependencyMissing", (event) => log.warn(event, "items wait for what they point to; the lane goes on"));
  events.on("dead", (event) => log.error(shown(event), "dead letter"));
  events.on("held", (event) => log.error(shown(event), "held for a person: it may have been acted upon"));
  events.on("late", (event) => log.warn(shown(event), "the lease was lost before the work on it ended"));
  events.on("resumed", (event) => log.warn(event, "the database can be polled again"));
  events.on("dispatchBlocked", (event) => log.error(event, "locks of others keep changes from being dispatched"));
  events.on("dispatchResumed", (event) => log.warn(event, "changes are dispatched again"));
  events.on("stranded", ({ strategies }) => {
    for (const backlog of strategies) log.error({ ...shown(backlog) }, tellStranded(backlog));
  });
  events.on("strandedCleared", (event) => log.info(event, "a worker has them, or nothing is left of them"));
  events.on("surplusRights", (event) =>
    log.warn(
      event,
      "whoever edits strategies can do more than read: the login that they are read with has rights to spare",
    ),
  );
  logErrors(events, log);
  logFaults(events, log);
}

function reasonOf(refused: RefusedChange | undefined, redaction: KeyRedaction | undefined): string | undefined {
  if (refused === undefined || redaction === undefined) return refused?.reason;
  return redaction.words(refused.reason, [refused.change.condition]);
}

/** What goes on failing in the same way is told once in this time: an outage of an hour is no reason for a thousand lines. */
const repeatMs = 60_000;

function logErrors(events: EventHub, log: Logger): void {
  const told = new Map<string, { readonly text: string; readonly at: number }>();
  const tellStalled = (error: unknown) => {
    told.set("poll", { text: "", at: performance.now() });
    const needsPerson = isSynclineError(error) && error.needsPerson;
    const until = needsPerson ? " before somebody mends this" : "";
    log.error({ error }, `the database cannot be polled${until}; it will be tried again`);
  };
  events.on("stalled", ({ error }) => tellStalled(error));
  events.on("resumed", () => told.clear());
  events.on("error", ({ during, error }) => {
    if (during === "poll") {
      // `stalled` tells of the first.
      const at = told.get("poll")?.at ?? performance.now();
      if (performance.now() - at >= repeatMs) tellStalled(error);
      return;
    }
    // `stalled` tells of it, too.
    if (during === "start") return;
    const text = String(error);
    const last = told.get(during);
    const now = performance.now();
    if (last?.text === text && now - last.at < repeatMs) return;
    told.set(during, { text, at: now });
    log.error({ during, error }, "failed, will be tried again");
  });
}

/** A door that fails, or that fails and works by turns, writes at most two lines in this time. */
function logFaults(events: EventHub, log: Logger): void {
  const told = new Map<string, { readonly at: number; isOpen: boolean }>();
  const doorOf = ({ part, member }: { part: string; member: string }) => `${part}\n${member}`;
  events.on("fault", (event) => {
    // A log that fails cannot tell it.
    if (event.part === "log") return;
    const last = told.get(doorOf(event));
    const now = performance.now();
    if (last !== undefined && now - last.at < repeatMs) return;
    told.set(doorOf(event), { at: now, isOpen: true });
    const { part, member, code, error } = event;
    log.error({ part, member, code, error }, faultSentence(event));
  });
  events.on("faultCleared", (event) => {
    const last = told.get(doorOf(event));
    if (last?.isOpen !== true) return;
    last.isOpen = false;
    log.info(event, "does what it owes again");
  });
}
