import {
  deadLetterIsJustified,
  equalsSource,
  idsStandForContent,
  type KeyCheck,
  leadsToDelivery,
  neverBackwards,
  neverSentAgain,
  neverTwoAtOnce,
  strictIsComplete,
  wasRecorded,
} from "./check-key.ts";
import { type KeyHistory, keyHistories } from "./key-history.ts";
import type { History, Violation } from "./observation.ts";

const checks: readonly KeyCheck[] = [
  equalsSource,
  leadsToDelivery,
  wasRecorded,
  idsStandForContent,
  strictIsComplete,
  neverSentAgain,
  deadLetterIsJustified,
];

/** What a frozen worker may break, once its lease is over. */
const whileLeasesHold: readonly KeyCheck[] = [neverBackwards, neverTwoAtOnce];

/** Every promise that the history breaks, from what was seen from outside alone. To be asked when all is quiet. */
export function checkHistory(history: History): readonly Violation[] {
  const stamps = new Set(history.changes.map(({ stamp }) => stamp));
  const perKey = keyHistories(history).flatMap((of) => [
    ...judge(of, checks),
    ...judge(withoutOverruns(of, history), whileLeasesHold),
    ...judge(of, [nothingRolledBack(stamps)]),
  ]);
  return [...withoutSevered(perKey, history), ...overfullBacklogs(history), ...neverCameToRest(history)];
}

function judge(of: KeyHistory, by: readonly KeyCheck[]): readonly Violation[] {
  return by.flatMap((check) =>
    check(of).map(([kind, message]) => ({ kind, strategy: of.strategy.name, key: of.key, message })),
  );
}

function withoutOverruns(of: KeyHistory, { overruns }: History): KeyHistory {
  const excused = ({ at, endedAt }: { readonly at: number; readonly endedAt: number }) =>
    overruns.some(({ from, to }) => at <= to && endedAt >= from);
  return { ...of, arrivals: of.arrivals.filter((arrival) => !excused(arrival)) };
}

/** A held item without an unclear answer may have been in a call that was cut before the downstream had read it. */
function withoutSevered(violations: readonly Violation[], { severed, deadLetters }: History): readonly Violation[] {
  const held = new Set(
    deadLetters.filter(({ state }) => state === "held").map(({ strategy, key }) => `${strategy} ${key}`),
  );
  const unseen = violations.filter(
    ({ kind, strategy, key }) => kind === "unjustified-dead-letter" && held.has(`${strategy} ${key}`),
  );
  return unseen.length <= severed ? violations.filter((each) => !unseen.includes(each)) : violations;
}

/** Work that goes on for ever is not delivered, whatever the last state says. */
function neverCameToRest({ unrest }: History): readonly Violation[] {
  return unrest === undefined ? [] : [{ kind: "no-rest", strategy: "", key: "", message: unrest }];
}

/** A mark that no committed transaction left was written by one that rolled back. */
function nothingRolledBack(stamps: ReadonlySet<string>): KeyCheck {
  return ({ arrivals }) =>
    arrivals
      .flatMap((arrival) => arrival.stamps.filter((stamp) => !stamps.has(stamp)))
      .map((stamp) => ["rolled-back", `${stamp} was sent, and no committed transaction wrote it`]);
}

/** Promise 6. A strict strategy keeps every change, so it is not bounded by keys. */
function overfullBacklogs({ samples, strategies }: History): readonly Violation[] {
  const strict = new Set(strategies.filter((each) => each.strict).map(({ name }) => name));
  return samples
    .filter(({ strategy, deliveries, changedKeys }) => !strict.has(strategy) && deliveries > changedKeys)
    .map(({ strategy, deliveries, changedKeys }) => ({
      kind: "backlog",
      strategy,
      key: "",
      message: `${deliveries} deliveries for ${changedKeys} changed keys`,
    }));
}
