import type { DispatchResult, Poller, Route, Routing } from "../../contracts/poller.ts";
import type { Claim, Demand } from "../../model/delivery.ts";
import { aList, aRecord, isCount, isDigits, isRecord, isText, told } from "./answer-checks.ts";
import type { Guard, Nonsense } from "./guard.ts";

/** A poller whose answers are facts, or errors. Hot path: what comes by the thousand is looked at once. */
export function guardPoller(poller: Poller, guard: Guard, limitMs: number): Poller {
  const { blockers, hasten } = poller;
  return {
    dispatch: async (limit, route, signal) => {
      const routed = new RoutedOnce(route);
      const result = await guard
        .ask(
          "dispatch",
          () => poller.dispatch(limit, routed.route, signal),
          (answer) => dispatchNonsense(answer, limit, routed.changes),
          { limitMs, signal },
        )
        .finally(routed.end);
      if (result.claims.length === 0) return result;
      const claims = credible(guard, "dispatch", result.claims, routed.leased);
      return claims === result.claims ? result : { ...result, claims };
    },
    claim: async (demands, lease, signal) => {
      const claims = await guard.ask("claim", () => poller.claim(demands, lease, signal), aList(isRecord, "claims"), {
        limitMs,
        signal,
      });
      return credible(guard, "claim", claims, { counts: countsOf(demands), token: lease.token });
    },
    renew: (claims, durationMs) =>
      guard.ask("renew", () => poller.renew(claims, durationMs), idsOf(claims), { limitMs, isRepeatable: true }),
    settle: (settlements) =>
      guard.ask("settle", () => poller.settle(settlements), aList(isEffect, "effects", settlements.length), {
        limitMs,
        // Each names its token: what was applied is late the next time.
        isRepeatable: true,
      }),
    ...(hasten === undefined
      ? {}
      : {
          hasten: (strategy, limit, signal) =>
            guard.ask(
              "hasten",
              () => hasten.call(poller, strategy, limit, signal),
              (answer) => (isCount(answer) ? undefined : `${told(answer)} instead of how many`),
              { limitMs, signal },
            ),
        }),
    ...(blockers === undefined
      ? {}
      : {
          blockers: (signal) =>
            guard.ask("blockers", () => blockers.call(poller, signal), blockersNonsense, { limitMs, signal }),
        }),
  };
}

/** What was asked for: how many claims of each strategy, under which token. */
interface Asked {
  readonly counts: Map<string, number>;
  readonly token: string | undefined;
}

/** `route` as one dispatch may call it: what calls it once that has ended gets nothing more. */
class RoutedOnce {
  changes = 0;
  readonly route: Route;
  #routing: Routing | undefined;
  #isOver = false;

  constructor(route: Route) {
    this.route = (changes, revision) => {
      if (this.#isOver) return undefined;
      this.#routing = route(changes, revision);
      this.changes = changes.length;
      return this.#routing;
    };
  }

  get leased(): Asked {
    return leasedBy(this.#routing);
  }

  readonly end = (): void => {
    this.#isOver = true;
  };
}

function leasedBy(routing: Routing | undefined): Asked {
  const counts = new Map<string, number>();
  let token: string | undefined;
  for (const { strategy, lease } of routing?.deliveries ?? []) {
    if (lease === undefined) continue;
    counts.set(strategy, (counts.get(strategy) ?? 0) + 1);
    token = lease.token;
  }
  return { counts, token };
}

function countsOf(demands: readonly Demand[]): Map<string, number> {
  return new Map(demands.map(({ strategy, count }) => [strategy, count]));
}

const statuses: readonly unknown[] = ["done", "busy", "stale"];
const dispatchShape = aRecord({
  status: (value) => statuses.includes(value),
  taken: isCount,
  inserted: isCount,
  folded: isCount,
  claims: Array.isArray,
});

function dispatchNonsense(answer: unknown, limit: number, routed: number): string | undefined {
  const wrong = dispatchShape(answer);
  if (wrong !== undefined) return wrong;
  const { status, taken, inserted, folded, claims } = answer as DispatchResult;
  if (taken > limit || taken > routed) return `${taken} changes taken, where ${routed} of at most ${limit} were routed`;
  const changed = taken + inserted + folded + claims.length;
  return status !== "done" && changed > 0
    ? `that it is ${status}, and has taken ${taken} changes all the same`
    : undefined;
}

/**
 * The claims that were asked for, each once. What else an answer holds cannot be settled, or would
 * be delivered twice: its lease lapses.
 */
function credible(guard: Guard, member: string, claims: readonly Claim[], asked: Asked): readonly Claim[] {
  const ids = new Set<string>();
  let kept: Claim[] | undefined;
  let first: string | undefined;
  for (let index = 0; index < claims.length; index += 1) {
    const claim = claims[index] as Claim;
    const why = claimNonsense(claim, asked, ids);
    if (why === undefined) {
      kept?.push(claim);
      continue;
    }
    kept ??= claims.slice(0, index);
    first ??= why;
  }
  if (kept === undefined) return claims;
  guard.leftOut(member, `${claims.length - kept.length} claims that cannot be; the first ${first}`);
  return kept;
}

function claimNonsense(claim: Claim, { counts, token }: Asked, ids: Set<string>): string | undefined {
  const wrong = claimShape(claim);
  if (wrong !== undefined) return wrong;
  if (claim.token !== token) return "has another token than was asked for";
  const left = counts.get(claim.strategy);
  if (left === undefined) return "is of a strategy that none was asked for";
  if (left === 0) return "is more than was asked for";
  if (ids.has(claim.id)) return "has the id of another one";
  ids.add(claim.id);
  counts.set(claim.strategy, left - 1);
  return undefined;
}

function claimShape(claim: Claim): string | undefined {
  if (!isRecord(claim)) return `is ${told(claim)}`;
  if (!isDigits(claim.id)) return "has no id";
  if (!isText(claim.strategy)) return "has no strategy";
  if (!isText(claim.key)) return "has no key";
  if (!isDigits(claim.ordinal)) return "has no ordinal";
  if (!isDigits(claim.revision)) return "has no revision";
  if (claim.operation !== "upsert" && claim.operation !== "delete") return "has no operation";
  if (!isCount(claim.epoch)) return "has no epoch";
  if (!isCount(claim.attempts)) return "has no attempts";
  if (typeof claim.lapsed !== "boolean") return 'does not say whether it "lapsed"';
  if (!isText(claim.token)) return "has no token";
  return Number.isFinite(claim.firstRecordedAt) ? undefined : "does not say when it was first recorded";
}

function isEffect(value: unknown): boolean {
  return value === "applied" || value === "again" || value === "late";
}

/** Ids of these claims, and no others. */
function idsOf(claims: readonly Claim[]): Nonsense {
  return (answer) => {
    if (!Array.isArray(answer)) return `${told(answer)} instead of a list of ids`;
    const asked = new Set(claims.map(({ id }) => id));
    return answer.every((id) => asked.has(id)) ? undefined : "ids that it was not asked for";
  };
}

const blockersNonsense = aRecord({
  sessions: (value) => aList(isSession, "sessions")(value) === undefined,
  hidden: (value) => value === undefined || typeof value === "string",
});

function isSession(value: unknown): boolean {
  return isRecord(value) && isText(value.session) && isText(value.transaction);
}
