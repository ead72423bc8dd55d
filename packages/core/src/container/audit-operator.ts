import type { AuditLog, AuditPage, AuditQuery } from "../contracts/audit-log.ts";
import type { StrategyHistory, StrategyHistoryQuery, StrategyVersion } from "../contracts/strategy-history.ts";
import { SynclineError } from "../model/errors.ts";
import { checkShape, text, wholeNumber } from "../model/option-checks.ts";

const shape = {
  action: { check: text(64) },
  strategy: { check: text(64) },
  limit: { check: wholeNumber(1, Number.MAX_SAFE_INTEGER) },
  after: { check: text(20) },
};

/** Errors: `config.invalid`. */
export async function listAudit(log: AuditLog | undefined, query: AuditQuery, signal: AbortSignal): Promise<AuditPage> {
  const problems = checkShape(query, shape);
  if (problems.length > 0) throw new SynclineError("config.invalid", "No entries can be looked for so.", { problems });
  if (log !== undefined) return await log.list(query, signal);
  throw new SynclineError("config.invalid", "The database's adapter keeps nothing of what operators do: no audit.");
}

const versionShape = {
  limit: { check: wholeNumber(1, Number.MAX_SAFE_INTEGER) },
  before: { check: wholeNumber(1, 2_147_483_647) },
};

/** Errors: `config.invalid`. */
export async function listVersions(
  history: StrategyHistory | undefined,
  strategy: string,
  query: StrategyHistoryQuery,
  signal: AbortSignal,
): Promise<readonly StrategyVersion[]> {
  const nameless = text(64)(strategy);
  const problems = [
    ...(nameless === undefined ? [] : [{ at: "strategy", message: nameless }]),
    ...checkShape(query, versionShape),
  ];
  if (problems.length > 0) throw new SynclineError("config.invalid", "No versions can be looked for so.", { problems });
  if (history !== undefined) return await history.list(strategy, query, signal);
  throw new SynclineError("config.invalid", "The database's adapter keeps no versions of strategies.");
}
