import type { ItemArrival, KeyHistory } from "./key-history.ts";
import type { ViolationKind } from "./observation.ts";

type Broken = readonly [kind: ViolationKind, message: string];
export type KeyCheck = (of: KeyHistory) => readonly Broken[];

const accepted = ({ arrivals }: KeyHistory) => arrivals.filter(({ answer }) => answer === "accepted");

/**
 * Promise 3. Not judged behind a dead letter: it says itself that the key is not in step. The last state is the one of the
 * highest revision, as a receiver has it that refuses what is older; where leases held, that is the one that came last.
 */
export const equalsSource: KeyCheck = (of) => {
  if (of.deadLetter !== undefined || of.source === undefined) return [];
  const last = newestOf(accepted(of));
  if (of.source === null && (of.strategy.whenAbsent !== "delete" || last === undefined)) return [];
  if (last?.content === of.source) return [];
  return [["not-equal", `the last accepted state is ${last?.content ?? "none"}, the source yields ${of.source}`]];
};

/** Promise 2. A key that the source never yields owes nothing to a strategy that skips what is absent. */
export const leadsToDelivery: KeyCheck = (of) => {
  const newest = of.changes.at(-1);
  if (newest === undefined || of.deadLetter !== undefined) return [];
  if (of.strategy.whenAbsent === "skip" && of.source === null) return [];
  if (of.strategy.whenAbsent === "dead" && of.source === null)
    return [["not-delivered", `the source yields nothing since ${newest.stamp}, and no dead letter says so`]];
  if (accepted(of).some(({ at }) => at >= newest.at)) return [];
  return [["not-delivered", `nothing was accepted since the change ${newest.stamp} of ${newest.at}`]];
};

/** Promise 1, the half that a downstream can see. */
export const wasRecorded: KeyCheck = (of) => {
  const first = of.arrivals[0];
  if (of.changes.length > 0 || first === undefined) return [];
  return [["never-recorded", `revision ${first.revision} was sent, and no committed transaction recorded this key`]];
};

/** No accepted revision is lower than one accepted before. */
export const neverBackwards: KeyCheck = (of) =>
  pairs(accepted(of)).flatMap(([earlier, later]) =>
    BigInt(later.revision) < BigInt(earlier.revision)
      ? [["backwards", `revision ${later.revision} was accepted after ${earlier.revision}`] as const]
      : [],
  );

/** An id stands for one content, and a content at one revision has one id. */
export const idsStandForContent: KeyCheck = (of) => {
  const contents = new Map<string, string>();
  const ids = new Map<string, string>();
  return of.arrivals.flatMap(({ deliveryId, revision, operation, content }) => {
    const body = `${operation} ${content}`;
    const known = contents.get(deliveryId) ?? body;
    const id = ids.get(`${revision} ${body}`) ?? deliveryId;
    contents.set(deliveryId, known);
    ids.set(`${revision} ${body}`, id);
    const broken: Broken[] = [];
    if (known !== body) broken.push(["id-reused", `${deliveryId} came with ${known} and with ${body}`]);
    if (id !== deliveryId) broken.push(["id-changed", `${body} came as ${id} and as ${deliveryId}`]);
    return broken;
  });
};

/**
 * Promise 4. A call that its caller gave up may look open here a moment longer than it was there; a tenth of a second
 * is allowed for that, and nothing where the call was answered.
 */
export const neverTwoAtOnce: KeyCheck = (of) =>
  pairs(of.arrivals).flatMap(([earlier, later]) =>
    later.at < earlier.endedAt - (earlier.abandoned ? 100 : 0)
      ? [["overlap", `a call came at ${later.at} while another was open until ${earlier.endedAt}`] as const]
      : [],
  );

/** A strict strategy gets as many distinct revisions accepted as changes were committed. */
export const strictIsComplete: KeyCheck = (of) => {
  if (!of.strategy.strict || of.deadLetter !== undefined) return [];
  const revisions = new Set(accepted(of).map(({ revision }) => revision)).size;
  if (revisions === of.changes.length) return [];
  return [["strict-incomplete", `${of.changes.length} changes were committed, ${revisions} revisions accepted`]];
};

/** What has or may have landed is not sent again by a strategy that says that this would harm. */
export const neverSentAgain: KeyCheck = (of) => {
  if (of.strategy.idempotent) return [];
  return pairs(of.arrivals).flatMap(([earlier, later]) =>
    ["accepted", "unclear"].includes(earlier.answer) && later.revision === earlier.revision
      ? [
          [
            "sent-again",
            `revision ${later.revision} was sent again after an answer that was ${earlier.answer}`,
          ] as const,
        ]
      : [],
  );
};

/**
 * A dead letter has what explains it: a rejection, attempts used up, a source that yields nothing; and a held one a call
 * whose end is not known, or a lease that lapsed over it.
 */
export const deadLetterIsJustified: KeyCheck = (of) => {
  if (of.deadLetter === undefined) return [];
  const { state, code } = of.deadLetter;
  const last = of.arrivals.at(-1);
  const failures = of.arrivals.filter(({ answer }) => answer !== "accepted").length;
  if (state === "held" ? isHeldRightly(of, last) : isDeadRightly(of, last?.answer, failures)) return [];
  const seen = `the last answer was ${last?.answer}, ${failures} had failed, at most ${of.lapses} leases lapsed`;
  return [["unjustified-dead-letter", `it is ${state} of ${code}; ${seen}`]];
};

/** A worker that was frozen or stopped may not have heard the answer. */
function isHeldRightly(
  { deadLetter, lapses, strategy, overruns, hangUps }: KeyHistory,
  last: ItemArrival | undefined,
): boolean {
  if (strategy.idempotent) return false;
  if (deadLetter?.code === "lease.lapsed") return lapses > 0;
  if (last === undefined) return false;
  return (
    last.answer === "unclear" || [...overruns, ...hangUps].some(({ from, to }) => last.at <= to && last.endedAt >= from)
  );
}

type Answer = ItemArrival["answer"] | undefined;

function isDeadRightly({ deadLetter, lapses, strategy, source }: KeyHistory, last: Answer, failures: number): boolean {
  if (deadLetter?.code === "query.absent") return strategy.whenAbsent === "dead" && source === null;
  return last === "rejected" || failures + lapses >= strategy.maxAttempts;
}

function newestOf(arrivals: readonly ItemArrival[]): ItemArrival | undefined {
  return arrivals.reduce<ItemArrival | undefined>(
    (newest, each) => (newest === undefined || BigInt(each.revision) >= BigInt(newest.revision) ? each : newest),
    undefined,
  );
}

function pairs(arrivals: readonly ItemArrival[]): readonly (readonly [ItemArrival, ItemArrival])[] {
  return arrivals.slice(1).map((later, index) => [arrivals[index] as ItemArrival, later] as const);
}
