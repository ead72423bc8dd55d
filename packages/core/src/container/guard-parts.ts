import type { Container, ServiceIdentifier } from "inversify";
import { isRecord, told } from "../engine/guard/answer-checks.ts";
import { Guard } from "../engine/guard/guard.ts";
import { guardBacklog } from "../engine/guard/guarded-backlog.ts";
import { guardComposer } from "../engine/guard/guarded-dialect.ts";
import { guardLogger } from "../engine/guard/guarded-logger.ts";
import { guardPoller } from "../engine/guard/guarded-poller.ts";
import { guardRunner } from "../engine/guard/guarded-runner.ts";
import { guardSchedule } from "../engine/guard/guarded-schedule.ts";
import { guardSession } from "../engine/guard/guarded-session.ts";
import { guardStore } from "../engine/guard/guarded-stores.ts";
import { SynclineError } from "../model/errors.ts";
import { TOKENS } from "./tokens.ts";

/**
 * Puts every part that others may write behind its guard. Called after all modules are loaded: so
 * what a plugin binds or wraps is guarded as well, and nothing else of the core has to think of it.
 */
export function guardParts(container: Container): void {
  const faults = container.get(TOKENS.Faults);
  const tuning = container.get(TOKENS.Tuning);
  const limitMs = tuning.databaseTimeoutMs;
  const database = new Guard("database", faults);

  const onActivation = <Part>(
    token: ServiceIdentifier<Part> & symbol,
    members: readonly string[],
    guard: (part: Part) => Part,
  ): void => {
    container.onActivation(token, (_, part) => {
      refuseWithout(token, part, members);
      return guard(part);
    });
  };

  // A log without a member is no reason to do nothing.
  onActivation(TOKENS.Logger, [], (log) => guardLogger(log, faults));
  onActivation(TOKENS.PollSchedule, ["next"], (schedule) => guardSchedule(schedule, faults));
  onActivation(TOKENS.DatabaseSession, ["migrate", "checkSchema", "close"], (session) =>
    guardSession(session, database, limitMs),
  );
  onActivation(TOKENS.Poller, ["dispatch", "claim", "renew", "settle"], (poller) =>
    guardPoller(poller, database, limitMs),
  );
  onActivation(TOKENS.QueryRunner, ["run"], (runner) =>
    guardRunner(runner, database, { limitMs, maxQueryTimeoutMs: tuning.maxQueryTimeoutMs }),
  );
  onActivation(TOKENS.BacklogStore, ["status", "readmit"], (backlog) => guardBacklog(backlog, database, limitMs));
  onActivation(TOKENS.StrategyStore, ["load"], (store) => guardStore(store, new Guard("strategies", faults), limitMs));
  onActivation(TOKENS.QueryComposer, ["check", "compose"], (composer) =>
    guardComposer(composer, new Guard("composer", faults)),
  );
  onActivation(TOKENS.ChangeRecorder, ["record"], (recorder) => recorder);
}

/**
 * A part that is not there, or is another thing, is refused where it is made: by name, and before
 * it is used.
 */
function refuseWithout(token: symbol, part: unknown, members: readonly string[]): void {
  const name = token.description?.split("/").at(-1) ?? "part";
  const missing = isRecord(part) ? members.filter((member) => typeof part[member] !== "function") : members;
  if (missing.length === 0) return;
  const what = isRecord(part) ? `has no ${missing.map((member) => `\`${member}\``).join(", ")}` : `is ${told(part)}`;
  throw new SynclineError(
    "contract.broken",
    `The ${name} ${what}: mend what makes it, the adapter, the transport or the plugin that binds or wraps it.`,
  );
}
